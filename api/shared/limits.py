"""How often something may be tried, in headers (draft-ietf-httpapi-ratelimit-headers-10)."""

from dataclasses import dataclass
from datetime import timedelta

from certsvc.people.accounts.throttle import FAILURES_BEFORE_LOCK, LOCK_DURATION
from certsvc.people.clients.rules import FAILURES_BEFORE_SLOWING, SLOWED


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit that headers tell of."""

    name: str
    """As the headers name it."""
    most: int
    """How often."""
    window: timedelta
    """Within how long."""


WRONG_SECRETS = Limit(name="wrong-secrets", most=FAILURES_BEFORE_SLOWING, window=SLOWED)
"""Wrong secrets in a row of one client."""
WRONG_PASSWORDS = Limit(name="wrong-passwords", most=FAILURES_BEFORE_LOCK, window=LOCK_DURATION)
"""Wrong passwords in a row of one name from one address."""


def limit_headers(limit: Limit, *, retry_after_s: int | None = None) -> dict[str, str]:
    """Tell of a limit; with `retry_after_s` also that it is reached, and for how many seconds."""
    policy = f'"{limit.name}";q={limit.most};w={int(limit.window.total_seconds())}'
    headers = {"RateLimit-Policy": policy}
    if retry_after_s is not None:
        headers |= {
            "RateLimit": f'"{limit.name}";r=0;t={retry_after_s}',
            "Retry-After": str(retry_after_s),
        }
    return headers
