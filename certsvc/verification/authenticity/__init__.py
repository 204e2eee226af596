"""核验: anyone asks whether a certificate is genuine, and learns what was checked and what not."""
