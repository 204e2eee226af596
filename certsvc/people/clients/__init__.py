"""Other systems that use the interface on behalf of a unit (OAuth 2 clients)."""
