"""The HTTP client of the service, for tests that need one and do not try it."""

from certsvc.foundation.net.client import HttpClient

HTTP = HttpClient()
"""It keeps no connection unless a request asks for that."""
