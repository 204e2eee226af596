"""Event feed of a unit's copies, records and batches, for systems that poll."""
