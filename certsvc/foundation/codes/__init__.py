"""Codes of the national standards: pure functions and value types."""
