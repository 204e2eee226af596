"""The steps of a validation."""
