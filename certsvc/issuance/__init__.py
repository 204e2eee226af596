"""Issuing a certificate in nine steps, and the life of its record."""
