"""Whether a certificate is revoked: proofs, whoever has them, and what a document carries."""
