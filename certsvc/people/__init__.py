"""People and systems: turns a log-in or token into an actor with rights."""
