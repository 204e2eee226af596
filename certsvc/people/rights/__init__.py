"""Who may do what: the one place where a right is checked."""
