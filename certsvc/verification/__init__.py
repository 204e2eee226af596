"""Checking files, codes and identifiers, and the transparency log."""
