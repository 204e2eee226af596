"""Keeping sealed copies verifiable for as long as archives keep them (存档时间戳).

- Only copies whose seal is valid are archived.
- What is made is validated before it replaces what is there; the file as it was sealed stays.
- The file is stored first, then named in the register: a dead process leaves nothing half done,
  and the next run does it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from certsvc.certificates.extraction.events import CopyArchived
from certsvc.certificates.extraction.records import Extraction
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.events.recording import record
from certsvc.foundation.storage.objects import ObjectStore, parse_digest
from signing.archiving import read_archive_state, renew_archive
from signing.report import Verdict
from signing.revocation.validation_material import MaterialGatherer
from signing.timestamps.authority import TimestampAuthority
from signing.trust import TrustStore
from signing.validation import validate_document

_AT_A_TIME = 500


class CopyNotArchivableError(InvalidInputError):
    """The seal of the file is not valid, so the file is not archived."""

    code = "archive.seal-does-not-hold"


class ArchiveUselessError(InvalidInputError):
    """The new timestamp would not last longer than the one that is there."""

    code = "archive.authority-ends-first"


@dataclass(frozen=True, kw_only=True)
class Archived:
    """Result for one file."""

    content: bytes
    """The file, with a new archive timestamp if it was due."""
    is_new: bool
    """Whether it was due."""
    lasts_until: datetime
    """Until when it can be verified as it is now."""


class Archivist:
    """Renews archive timestamps; one for a process."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        store: ObjectStore,
        trust: TrustStore,
        timestamp_authority: TimestampAuthority,
        gatherer: MaterialGatherer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._trust = trust
        self._authority = timestamp_authority
        self._gatherer = gatherer

    def archive(self, content: bytes, *, within: timedelta) -> Archived:
        """Renew a file's archive timestamp if it lasts no longer than ``within`` from now.

        Raises:
            CopyNotArchivableError: its seal does not hold.
            ArchiveUselessError: the authority's certificate ends before the file's own.
            SigningError: it is no file of ours, or proofs or timestamp could not be had.
        """
        now = self._clock.now()
        self._require_sound(content, now)
        state = read_archive_state(content)
        if state.lasts_until - now > within:
            return Archived(content=content, is_new=False, lasts_until=state.lasts_until)
        renewed = renew_archive(
            content, timestamp_authority=self._authority, gatherer=self._gatherer, at=now
        )
        self._require_sound(renewed, self._clock.now())
        lasts_until = read_archive_state(renewed).lasts_until
        if state.timestamps and lasts_until <= state.lasts_until:
            raise ArchiveUselessError(until=state.lasts_until.date().isoformat())
        return Archived(content=renewed, is_new=True, lasts_until=lasts_until)

    def archive_copy(self, copy_number: str, *, within: timedelta) -> Archived:
        """Archive a stored copy if it is due, and name its new file in the register.

        Raises:
            CopyNotArchivableError: its seal does not hold.
            ArchiveUselessError: the authority's certificate ends before the copy's own.
            SigningError: proofs or timestamp could not be had.
            ObjectMissingError: its file is gone from the store.
            ObjectDamagedError: its file was changed in the store.
        """
        with self._database.reading() as session:
            name = session.get_one(Extraction, copy_number).stored_sha256
        archived = self.archive(self._store.get(parse_digest(str(name))), within=within)
        if archived.is_new:
            self._register(copy_number, archived.content)
        return archived

    def published_copies(self) -> Iterator[str]:
        """The numbers of all published copies, in order; few are in memory at once."""
        last: str | None = ""
        while last is not None:
            query = (
                select(Extraction.copy_number)
                .where(Extraction.object_sha256.is_not(None), Extraction.copy_number > last)
                .order_by(Extraction.copy_number)
                .limit(_AT_A_TIME)
            )
            with self._database.reading() as session:
                numbers = list(session.scalars(query))
            yield from numbers
            last = numbers[-1] if numbers else None

    def _register(self, copy_number: str, content: bytes) -> None:
        digest = self._store.put(content)
        with self._database.transaction() as session:
            copy = session.get_one(Extraction, copy_number)
            copy.archived_sha256 = digest
            event = CopyArchived(
                subject=copy_number, sha256=digest, sealed_sha256=str(copy.object_sha256)
            )
            record(session, event, actor="system", now=self._clock.now())

    def _require_sound(self, content: bytes, now: datetime) -> None:
        report = validate_document(content, trust=self._trust, at=now)
        if report.verdict is not Verdict.TOTAL_PASSED:
            raise CopyNotArchivableError(reason=str(report.sub_indication))
