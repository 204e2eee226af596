"""Object store: sealed files by the digest of their content."""
