"""Which HTTP statuses are an answer, and which an outage."""

_TRY_LATER = frozenset({408, 425, 429})  # RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4
_REDIRECTION, _SERVER_ERROR = 300, 500


def is_refusal(status: int) -> bool:
    """Whether the server answered, and would answer the same again: this is no outage.

    It is moved, wants an account, does not know the path or the request (RFC 9110 15.4, 15.5);
    not that it has too much to do, or fails itself.
    """
    return _REDIRECTION <= status < _SERVER_ERROR and status not in _TRY_LATER
