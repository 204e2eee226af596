"""Designated seals: register, life, authorisation of each use, log of uses."""
