"""What happened: typed events in the caller's transaction, and subscribers that follow them."""
