"""Remote keys' URIs: ``csc+https://host/csc/v2?credential=…&client-id=…&secret-file=/path``.

* ``secret-file`` or ``secret-env`` say where the client's secret is, ``pin-file`` or ``pin-env``
  where the key's PIN is, if it has one. The URI holds neither.
* ``csc+http`` reaches this machine alone.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from keys.errors import KeyUriInvalidError
from keys.json_service import ServiceAddress
from keys.passphrases import PassphraseFile, PassphraseSource, PassphraseVariable

SCHEMES = ("csc+https:", "csc+http:")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_REQUIRED = {"credential", "client-id"}
_OPTIONAL = {
    *("secret-file", "secret-env", "pin-file", "pin-env"),
    *("ca-file", "rsa-padding", "timeout-s", "connections"),
}
_LONGEST_TIMEOUT_S, _MOST_CONNECTIONS = 120, 64


@dataclass(frozen=True, kw_only=True)
class CscUri:
    """A parsed URI."""

    address: ServiceAddress
    base_path: str
    """Path of the service, without a slash at its end."""

    credential: str
    """The service's name for the key (credentialID)."""

    client_id: str
    secret: PassphraseSource
    """Where the client's secret comes from."""

    pin: PassphraseSource | None
    """Where the key's PIN comes from; None if it has none."""

    pss: bool
    """Whether an RSA key signs with PSS."""

    timeout_s: float
    """Longest time for one signature, all exchanges and waiting included."""

    connections: int
    """Most signatures at once."""

    @property
    def name(self) -> str:
        """What a custodian calls the key."""
        return f"{self.address.host}/{self.credential}"


def parse_csc_uri(uri: str) -> CscUri:
    """Parse a remote key's URI.

    Raises:
        KeyUriInvalidError: It is malformed, or would send a secret over plain HTTP.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise KeyUriInvalidError(reason="malformed") from error
    tls = parts.scheme == "csc+https"
    if not parts.hostname or parts.username or parts.fragment:
        raise KeyUriInvalidError(reason="malformed")
    if not tls and parts.hostname not in _LOOPBACK:
        raise KeyUriInvalidError(reason="plain-http")
    given = _parameters(parts)
    secret = _source(given, "secret")
    if secret is None or given.get("rsa-padding", "pkcs1") not in ("pkcs1", "pss"):
        raise KeyUriInvalidError(reason="parameters")
    return CscUri(
        address=ServiceAddress(
            host=parts.hostname,
            port=port or (443 if tls else 80),
            tls=tls,
            ca_file=given.get("ca-file", ""),
        ),
        base_path=parts.path.rstrip("/"),
        credential=given["credential"],
        client_id=given["client-id"],
        secret=secret,
        pin=_source(given, "pin"),
        pss=given.get("rsa-padding") == "pss",
        timeout_s=_number(given.get("timeout-s", "10"), _LONGEST_TIMEOUT_S),
        connections=_number(given.get("connections", "8"), _MOST_CONNECTIONS),
    )


def _parameters(parts: SplitResult) -> dict[str, str]:
    try:
        found = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise KeyUriInvalidError(reason="parameters") from error
    once = {name: values[0] for name, values in found.items() if len(values) == 1 and values[0]}
    known = found.keys() <= _REQUIRED | _OPTIONAL and len(once) == len(found)
    if not known or not once.keys() >= _REQUIRED:
        raise KeyUriInvalidError(reason="parameters")
    return once


def _source(given: dict[str, str], what: str) -> PassphraseSource | None:
    path, variable = given.get(f"{what}-file"), given.get(f"{what}-env")
    if path and variable:
        raise KeyUriInvalidError(reason="parameters")
    if path:
        return PassphraseFile(path=Path(path))
    return PassphraseVariable(variable=variable) if variable else None


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:4]) <= most:
        raise KeyUriInvalidError(reason="parameters")
    return int(text)
