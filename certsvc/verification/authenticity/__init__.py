"""核验: authenticity checks by anyone, with a report of what was checked and what was not."""
