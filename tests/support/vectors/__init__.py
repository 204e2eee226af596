"""Signature values made by known arithmetic, right and wrong, after the manner of Wycheproof."""
