"""How the S3 client talks to its server: bounded in time, never overwriting."""

import os
from typing import Any

import certifi
import urllib3
from typing_extensions import override

_RETRIES = 2
_PAUSE_S = 0.2
_TROUBLED = (500, 502, 503, 504)


class StoreConnections(urllib3.PoolManager):
    """Connections whose every PUT is refused by the server if the object is there already.

    The client offers no way to say so. The header is added behind its signature, which covers
    only the headers it names (AWS Signature Version 4, "signed headers").

    Args:
        timeout_s: How long to wait for a connection, and for each next part of an answer.
    """

    def __init__(self, *, timeout_s: float) -> None:
        super().__init__(
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
            cert_reqs="CERT_REQUIRED",
            ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
            retries=urllib3.Retry(
                total=_RETRIES,
                redirect=0,
                backoff_factor=_PAUSE_S,
                status_forcelist=_TROUBLED,
                allowed_methods={"GET", "HEAD", "PUT"},
                raise_on_status=False,
                respect_retry_after_header=False,  # it may name an hour; our callers wait seconds
            ),
        )

    @override
    def urlopen(  # type: ignore[override]  # the base class types it by position
        self, method: str, url: str, **more: Any
    ) -> urllib3.BaseHTTPResponse:
        """Send a request."""
        if method == "PUT":
            headers = more["headers"].copy()
            headers["If-None-Match"] = "*"
            more["headers"] = headers
        return super().urlopen(method, url, **more)
