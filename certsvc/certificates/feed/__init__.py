"""What happened to the copies, records and batches of a unit, for systems that ask."""
