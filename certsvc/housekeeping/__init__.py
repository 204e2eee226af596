"""Periodic maintenance, and how the operator sees to jobs that failed."""
