"""The command `certsvc`."""
