"""Approved template packs for rendering certificates; unapproved files of a folder are never used.

- Which version is in force is asked of the database for every paper; its files are read and
  checked once for each digest and process.
- A paper that was issued is set again with the very version that its record names.
"""

from collections.abc import Iterator
from datetime import date
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import NoVersionInForceError
from certsvc.catalogue.packs.service import find_approved, get_in_force, open_files
from certsvc.foundation.clock import Clock, china_day
from certsvc.foundation.db.engine import Database
from templates.packs import TemplatePack


class PackRepository:
    """Returns approved packs; one instance per process, thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._opened: dict[str, TemplatePack] = {}
        self._lock = Lock()

    def get_in_force(self, session: Session, code: str, *, on: date) -> TemplatePack:
        """Return the pack that papers of a day in Shanghai are set with.

        Raises:
            NoVersionInForceError: no version is in force on that day.
            PackVersionTamperedError: its files are not those that were approved.
        """
        return self._open(get_in_force(session, code, on=on))

    def get(self, code: str) -> TemplatePack:
        """Return the pack that is in force today, for what has no transaction of its own.

        Raises:
            NoVersionInForceError: no version is in force today.
            PackVersionTamperedError: its files are not those that were approved.
        """
        with self._database.reading() as session:
            return self.get_in_force(session, code, on=china_day(self._clock.now()))

    def find(
        self, session: Session, code: str, version: str, *, digest: str | None
    ) -> TemplatePack | None:
        """Return the approved pack that a paper was set with; None if it is not kept here.

        Args:
            session: Where to look.
            code: Pack.
            version: Version that the paper names; decides where there is no digest.
            digest: Digest that the paper's record names, if there is a record.

        Raises:
            PackVersionTamperedError: its files are not those that were approved.
        """
        found = (
            find_approved(session, code, version)
            if digest is None
            else _find_by_digest(session, code, digest)
        )
        return self._open(found) if found else None

    def __iter__(self) -> Iterator[TemplatePack]:
        """The packs in force today, by code."""
        on = china_day(self._clock.now())
        with self._database.reading() as session:
            codes = sorted(session.scalars(select(PackVersion.code).distinct()))
            packs = [pack for code in codes if (pack := self._find_in_force(session, code, on))]
        return iter(packs)

    def __len__(self) -> int:
        """How many packs are in force today."""
        return sum(1 for _ in self)

    def _find_in_force(self, session: Session, code: str, on: date) -> TemplatePack | None:
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


def _find_by_digest(session: Session, code: str, digest: str) -> PackVersion | None:
    return session.scalar(
        select(PackVersion)
        .where(
            PackVersion.code == code,
            PackVersion.digest == digest,
            PackVersion.approved_at.is_not(None),
        )
        .limit(1)
    )
