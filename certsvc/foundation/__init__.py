"""Shared infrastructure for all wings; holds no domain rules."""
