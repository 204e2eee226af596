"""What pages, interface and commands share: who asks, what is wrong, what is shown of a thing."""
