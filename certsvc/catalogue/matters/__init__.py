"""Matters (事项)."""
