"""What a stranger's file says, read within limits and without judging it."""
