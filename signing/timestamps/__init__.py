"""Timestamp authorities (RFC 3161): the port, over HTTP, several in order, a stand-in."""
