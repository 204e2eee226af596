"""The demonstration's PKI and the seals that rest on it.

- What a sealed copy is trusted by is never exchanged: `trust.pem` keeps its root, a registered
  seal its certificates. If the files behind them are gone or others, the demonstration stops.
"""

from datetime import datetime
from pathlib import Path

from cryptography import x509
from sqlalchemy.orm import Session

from certsvc.demonstration.seals import (
    offer_keys_of_before,
    register_seals,
    registered_seals,
    seals_to_make,
)
from certsvc.foundation.errors import RefusedError
from certsvc.sealing.changes.shown_changes import ChangeReader
from certsvc.sealing.register.history import list_versions
from certsvc.sealing.register.versions import signing_certificates
from keys.development import create_development_pki
from keys.whole_files import write_whole

_PKI, _TRUST = "pki", "trust.pem"


class PkiLostError(RefusedError):
    """The demonstration's certificates are gone or others than those its seals were made with."""

    code = "demonstration.pki-lost"


def make_pki_and_seals(
    session: Session, home: Path, *, reader: ChangeReader, now: datetime
) -> None:
    """Make what is missing of the demonstration PKI, and put both seals into use.

    1. Nothing is made for an installation whose certificates were lost or exchanged.
    2. Only seals that are not registered get a new key.
    3. The root becomes the trusted one only where none was trusted before.

    Raises:
        PkiLostError: the files are not those that the register and `trust.pem` rest on.
        SigningKeyError: the folder cannot be used.
    """
    _require_the_same_pki(session, home)
    pki = create_development_pki(home / _PKI, names=seals_to_make(session), now=now)
    trusted = home / _TRUST
    if not trusted.exists():
        # Half a file would look like another root at the next run.
        write_whole(trusted, [pki.root_path.read_bytes()], replace=True)
    offer_keys_of_before(session, reader, now=now)
    register_seals(session, pki.seals, reader=reader, now=now)


def _require_the_same_pki(session: Session, home: Path) -> None:
    root, trusted = _read(home / _PKI / "root.pem"), _read(home / _TRUST)
    registered = registered_seals(session)
    if (trusted or registered) and not root:
        raise PkiLostError(home=str(home))
    if trusted and not set(root) <= set(trusted):
        raise PkiLostError(home=str(home))
    for seal in registered:
        chain = _read(home / _PKI / f"{seal.id}.pem")
        known = [signing_certificates(version) for version in list_versions(session, seal.id)]
        if chain not in known or not (home / _PKI / f"{seal.id}.key").exists():
            raise PkiLostError(home=str(home))


def _read(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a file; none if there is no file, or nothing to read in it."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return []
