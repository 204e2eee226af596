"""What everything stands on: nothing of the domain."""
