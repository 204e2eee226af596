"""Seal images: drawn from words, or read strictly from a file."""
