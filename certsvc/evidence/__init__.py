"""A question about a holder enters; verified facts with evidence leave."""
