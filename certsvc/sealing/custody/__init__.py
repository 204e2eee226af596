"""Signing keys in our keeping: made, certified, replaced and destroyed on record."""
