"""Certificate records, their sealed copies, issuing and batches."""
