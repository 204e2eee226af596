"""Issuing a certificate in nine steps."""
