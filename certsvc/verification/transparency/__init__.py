"""Append-only, hash-chained log without personal data."""
