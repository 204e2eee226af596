"""One exchange with a department's HTTP service, and validation of its response.

What it may cost, and that no redirect is followed, is for :mod:`certsvc.foundation.net.client`.
"""

from http import HTTPStatus

from keys.http_port import HttpAnswer, HttpExchange, HttpFailedError, HttpFailure, HttpRequest

_BUSY = {429, 502, 503, 504}
_REDIRECTS = range(300, 400)


class ExchangeFailedError(Exception):
    """No usable response; internal to this area."""

    def __init__(self, outcome: str, fault: str = "", *, may_repeat: bool = False) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        """`slow`, `down` or `nonsense`."""
        self.fault = fault
        """What is wrong with the answer, if it is nonsense."""
        self.may_repeat = may_repeat
        """Whether an immediate retry may succeed."""


def exchange(http: HttpExchange, request: HttpRequest) -> bytes:
    """Send one request and return the body of a valid response.

    Raises:
        ExchangeFailedError: there is no whole answer, or it is none of JSON.
    """
    try:
        answer = http.exchange(request)
    except HttpFailedError as error:
        if error.failure is HttpFailure.SLOW:
            raise ExchangeFailedError("slow") from error
        if error.failure is HttpFailure.TOO_LARGE:
            raise ExchangeFailedError("nonsense", "too-large") from error
        raise ExchangeFailedError("down", may_repeat=True) from error
    _check_head(answer)
    return answer.body


def _check_head(answer: HttpAnswer) -> None:
    if answer.status != HTTPStatus.OK:
        # A redirect may lead anywhere, the holder's number with it.
        if answer.status in _REDIRECTS:
            raise ExchangeFailedError("nonsense", "redirect")
        raise ExchangeFailedError("down", may_repeat=answer.status in _BUSY)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ExchangeFailedError("nonsense", "media-type")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ExchangeFailedError("nonsense", "media-type")
