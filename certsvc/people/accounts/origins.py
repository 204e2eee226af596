"""Origin of a log-in: its address in the form for counting and in the masked form for display."""

import ipaddress
from dataclasses import dataclass, field

_NETWORK_BITS = 64
"""Of IPv6: whoever has one address of such a network has all of them."""
_LONGEST = 100
UNKNOWN = "-"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an attempt to log in comes from."""

    address: str = ""
    """Address it was sent from; empty if nobody knows."""
    devices: str = field(default="", repr=False)
    """What the browser keeps of earlier log-ins (`known_devices`)."""
    is_this_machine: bool = False
    """Whether it is typed at the machine's own command line, where no stranger is."""


def counted_address(address: str) -> str:
    """Return what of an address is counted together: all of IPv4, the network of IPv6."""
    found = _parse(address)
    if found is None:
        return address[:_LONGEST]
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _NETWORK_BITS), strict=False))
    return str(found)


def masked_address(address: str) -> str:
    """Mask an address so that its owner recognises it and nobody else is identified."""
    found = _parse(address)
    if found is None:
        return UNKNOWN
    if isinstance(found, ipaddress.IPv6Address):
        return ":".join(part.lstrip("0") or "0" for part in found.exploded.split(":")[:2]) + ":*"
    return ".".join(str(found).split(".")[:2]) + ".*.*"


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
