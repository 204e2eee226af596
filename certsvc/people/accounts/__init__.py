"""Units, their staff, holders' accounts, and who may do what."""
