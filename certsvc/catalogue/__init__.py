"""What may be asked for, for which matter, with which fields, and what its paper looks like."""
