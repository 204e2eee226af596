"""Append-only log of what was done: hash-chained, without personal data."""
