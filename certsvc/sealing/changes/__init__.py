"""Changes of seals, proposed by one person and decided by another."""
