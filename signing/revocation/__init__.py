"""Revocation: proofs, their sources, and those stored in a document."""
