"""What is shown of the service's things, the same on a page and over the interface."""
