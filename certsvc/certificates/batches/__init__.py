"""Batches: many certificates from one file, one row each."""
