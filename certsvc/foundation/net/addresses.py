"""Which addresses may be contacted, and resolving names.

- What the operator of the machine configured may be anywhere: a city's servers stand in private
  networks.
- URLs given by strangers may only lead to the public Internet: not to this machine, its
  neighbours, or the metadata service of its cloud. The rule is for numeric addresses, after the
  name was resolved; how a number was written (decimal, octal, short) is the resolver's affair.
- A name is resolved once for a connection, every address is judged, and a judged one is connected
  to: a name server that answers differently the next time gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, unquote, urlsplit

from keys.http_port import HttpFailedError, HttpFailure

Resolve = Callable[[str, int], Sequence[str]]
"""Return the numeric addresses of a host and port. Raises: OSError."""

_PORTS = {"http": 80, "https": 443}
# What RFC 3986 permits in a path and a query, and the mark of what is encoded already.
_KEPT_IN_TARGET = "/%:@!$&'()*+,;=-._~?"
_GLOBAL_UNICAST = ip_network("2000::/3")  # RFC 4291 2.4; all else of IPv6 is for special purposes
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052 2.1: an IPv4 address in the last 32 bits
# Beside what `ipaddress` calls private; some of it newer than this Python.
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # RFC 6890 2.2.2, with a cloud's metadata service at .192
        "192.88.99.0/24",  # RFC 7526: 6to4 relays
        "168.63.129.16/32",  # a cloud's platform service, at a public address
        "2002::/16",  # RFC 3056: 6to4, any IPv4 address inside
        "3fff::/20",  # RFC 9637: documentation
    )
)


class AddressPolicy(Enum):
    """Who named the address."""

    ANYWHERE = "anywhere"
    """The operator of the machine."""
    PUBLIC_ONLY = "public-only"
    """A stranger: HTTPS, and public addresses alone."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL, taken apart."""

    tls: bool
    host: str
    """In ASCII."""
    port: int
    path: str
    """With the query, encoded."""
    account: str = field(default="", repr=False)
    """Name and password with a colon between, if the URL carries them."""

    @property
    def origin(self) -> tuple[bool, str, int]:
        """Whose server it is."""
        return self.tls, self.host, self.port


def parse_target(url: str, policy: AddressPolicy = AddressPolicy.ANYWHERE) -> Target:
    """Take a URL apart.

    Raises:
        HttpFailedError: it is none of HTTP, or not as a stranger may name it.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        usual = _PORTS[parts.scheme]
        port = usual if parts.port is None else parts.port
        known = bool(host) and port > 0 and not set(host) & set(" %\\")
    except (ValueError, KeyError) as error:
        raise HttpFailedError(HttpFailure.UNREACHABLE) from error
    if not known:
        raise HttpFailedError(HttpFailure.UNREACHABLE)
    if policy is AddressPolicy.PUBLIC_ONLY and (parts.scheme != "https" or "@" in parts.netloc):
        raise HttpFailedError(HttpFailure.NOT_ALLOWED)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    account = unquote(f"{parts.username or ''}:{parts.password or ''}")
    return Target(
        tls=parts.scheme == "https",
        host=host,
        port=port,
        path=quote(path, safe=_KEPT_IN_TARGET),
        account=account if parts.username else "",
    )


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public Internet; False if it is none at all."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    inner = _ipv4_within(found)
    if inner is not None:
        found = inner
    if any(found in network for network in _NOT_PUBLIC):
        return False
    if isinstance(found, IPv6Address) and found not in _GLOBAL_UNICAST:
        return False
    return found.is_global and not found.is_multicast


def require_allowed(addresses: Sequence[str], policy: AddressPolicy) -> None:
    """Refuse a name if any of its addresses may not be asked.

    Raises:
        HttpFailedError: one may not, or there is none.
    """
    if not addresses:
        raise HttpFailedError(HttpFailure.UNREACHABLE)
    if policy is AddressPolicy.PUBLIC_ONLY and not all(map(is_public, addresses)):
        raise HttpFailedError(HttpFailure.NOT_ALLOWED)


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver.

    Raises:
        OSError: it knows no address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _ipv4_within(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(address.packed[-4:]) if address in _NAT64 else None
