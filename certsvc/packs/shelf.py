"""The packs that papers are set with: the approved versions, never what lies in a folder.

- Which version is in force is asked of the database for every paper; its files are read and
  checked once for each digest and process.
- A paper that was issued is set again with the very version that its record names.
"""

from collections.abc import Iterator
from datetime import date
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.records import CertificateRecord
from certsvc.clock import Clock, china_day
from certsvc.db.engine import Database, ValueRefusedError
from certsvc.packs.records import PackVersion
from certsvc.packs.rules import NoVersionInForceError, VersionOutcome
from certsvc.packs.service import find_approved, get_in_force, open_files
from templates.packs import TemplatePack


class PackShelf:
    """Hands out approved packs; one for a process, safe to share between threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._opened: dict[str, TemplatePack] = {}
        self._lock = Lock()

    def get_in_force(self, session: Session, code: str, *, on: date) -> TemplatePack:
        """Return the pack that papers of a day in Shanghai are set with.

        Raises:
            NoVersionInForceError: no version is in force on that day.
            VersionTamperedError: its files are not those that were approved.
        """
        return self._open(get_in_force(session, code, on=on))

    def get(self, code: str) -> TemplatePack:
        """Return the pack that is in force today, for what has no transaction of its own.

        Raises:
            NoVersionInForceError: no version is in force today.
            VersionTamperedError: its files are not those that were approved.
        """
        with self._database.reading() as session:
            return self.get_in_force(session, code, on=china_day(self._clock.now()))

    def find_for_paper(self, code: str, version: str, identifier: str) -> TemplatePack | None:
        """Return the pack that an issued paper was set with; None if it is not kept here.

        The digest of the paper's record decides where there is one; a paper of another
        installation is told by code and version alone.

        Raises:
            VersionTamperedError: its files are not those that were approved.
        """
        try:
            with self._database.reading() as session:
                found = _find_for_paper(session, code, version, identifier)
                return self._open(found) if found else None
        except ValueRefusedError:
            # The paper says something that no database keeps, so no record of ours says it.
            return None

    def __iter__(self) -> Iterator[TemplatePack]:
        """The packs in force today, by code."""
        on = china_day(self._clock.now())
        with self._database.reading() as session:
            codes = sorted(session.scalars(select(PackVersion.code).distinct()))
            packs = [pack for code in codes if (pack := self._find(session, code, on))]
        return iter(packs)

    def __len__(self) -> int:
        """How many packs are in force today."""
        return sum(1 for _ in self)

    def _find(self, session: Session, code: str, on: date) -> TemplatePack | None:
        try:
            return self.get_in_force(session, code, on=on)
        except NoVersionInForceError:
            return None

    def _open(self, version: PackVersion) -> TemplatePack:
        with self._lock:
            pack = self._opened.get(version.digest)
            if pack is None:
                pack = self._opened[version.digest] = open_files(version)
        return pack


def _find_for_paper(
    session: Session, code: str, version: str, identifier: str
) -> PackVersion | None:
    digest = session.scalar(
        select(CertificateRecord.pack_digest).where(
            CertificateRecord.identifier == identifier, CertificateRecord.type_code == code
        )
    )
    if digest is None:
        return find_approved(session, code, version)
    return _find_by_digest(session, code, digest)


def _find_by_digest(session: Session, code: str, digest: str) -> PackVersion | None:
    return session.scalar(
        select(PackVersion)
        .where(
            PackVersion.code == code,
            PackVersion.digest == digest,
            PackVersion.outcome == VersionOutcome.APPROVED.value,
        )
        .limit(1)
    )
