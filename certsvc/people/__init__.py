"""A log-in or a token enters; an actor with rights leaves."""
