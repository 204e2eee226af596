"""What a seal looks like, and how it is laid into a document."""
