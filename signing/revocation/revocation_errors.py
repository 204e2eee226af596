"""A proof that proves nothing; internal to this package."""


class UnusableProofError(Exception):
    """A CRL or OCSP response that says nothing of a certificate that could be trusted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
