"""One exchange with a department's HTTP service, which may be slow, endless or broken.

- TLS is verified; no redirect is followed, no proxy taken from the environment, no answer
  decompressed, and none larger than it may be is read.
- Connecting, each silence and the exchange as a whole have a limit, headers included.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from certsvc.evidence.sources.mapping import Limits
from signing.http_deadlines import exchange_within

_BUSY = {429, 502, 503, 504}


class ExchangeFailedError(Exception):
    """There is no whole answer; internal to this area."""

    def __init__(self, outcome: str, fault: str = "", *, may_repeat: bool = False) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        """`slow`, `down` or `nonsense`."""
        self.fault = fault
        """What is wrong with the answer, if it is nonsense."""
        self.may_repeat = may_repeat
        """Whether the same question may have better luck at once."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Parameters of the address."""
    body: bytes | None = field(default=None, repr=False)
    """JSON."""


def trust_of(ca_file: Path | None) -> ssl.SSLContext:
    """Return whom to trust: the machine's authorities, or those of a file alone.

    Raises:
        OSError: the file is not there or holds no certificate.
    """
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def exchange(
    question: Question,
    *,
    limits: Limits,
    trust: ssl.SSLContext,
    total_s: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> bytes:
    """Ask once and return the body of a good answer.

    Args:
        question: What to send.
        limits: Times and sizes.
        trust: Authorities of the server's certificate.
        total_s: What is left of the time for the whole.
        monotonic: A clock that never goes back, seconds.

    Raises:
        ExchangeFailedError: there is no whole answer, or it is none of JSON.
    """
    deadline = monotonic() + total_s
    connect_s, read_s = min(limits.connect_s, total_s), min(limits.read_s, total_s)
    patience = httpx2.Timeout(read_s, connect=connect_s)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **question.headers}
    try:
        with (
            exchange_within(total_s) as extensions,
            httpx2.Client(timeout=patience, trust_env=False, verify=trust) as client,
            client.stream(
                question.method,
                question.url,
                params=dict(question.query) or None,
                content=question.body,
                headers=headers,
                extensions=extensions,
                follow_redirects=False,
            ) as response,
        ):
            _check_head(response)
            return _read(response, limits.answer_bytes, deadline, monotonic)
    except httpx2.TimeoutException as error:
        raise ExchangeFailedError("slow") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        if monotonic() >= deadline:
            raise ExchangeFailedError("slow") from error
        raise ExchangeFailedError("down", may_repeat=True) from error


def _check_head(response: httpx2.Response) -> None:
    status = response.status_code
    if status != httpx2.codes.OK:
        # A redirect may lead anywhere, the holder's number with it.
        if response.is_redirect:
            raise ExchangeFailedError("nonsense", "redirect")
        raise ExchangeFailedError("down", may_repeat=status in _BUSY)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ExchangeFailedError("nonsense", "media-type")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ExchangeFailedError("nonsense", "media-type")


def _read(
    response: httpx2.Response, most: int, deadline: float, monotonic: Callable[[], float]
) -> bytes:
    answer = bytearray()
    for chunk in response.iter_raw():
        answer += chunk
        if len(answer) > most:
            raise ExchangeFailedError("nonsense", "too-large")
        if monotonic() > deadline:
            break
    # A connection that was cut at the end of its time looks like an answer that has ended.
    if monotonic() >= deadline:
        raise ExchangeFailedError("slow")
    return bytes(answer)
