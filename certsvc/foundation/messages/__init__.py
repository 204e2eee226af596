"""The one catalogue of user-facing text, Chinese first and English."""
