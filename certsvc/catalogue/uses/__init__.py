"""Which proofs a matter uses (用证清单)."""
