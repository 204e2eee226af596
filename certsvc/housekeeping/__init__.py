"""Periodic maintenance, and the operator's view of failed jobs."""
