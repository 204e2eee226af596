"""A document with an authorisation enters; a sealed one leaves."""
