"""Getting verified data for a certificate from the connected departments' databases."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from certsvc.catalogue.routes import Route
from certsvc.evidence.sources.answers import AnswerTaker
from certsvc.evidence.sources.connectors import Connector
from certsvc.evidence.sources.descriptions import (
    FileDescription,
    HttpDescription,
    SourceDescription,
    SqlDescription,
)
from certsvc.evidence.sources.errors import (
    HolderKindUnsupportedError,
    NoSourceError,
    SourceUnknownError,
)
from certsvc.evidence.sources.files import FileSource
from certsvc.evidence.sources.guards import GuardedSource, RecordCall
from certsvc.evidence.sources.health_rules import Call
from certsvc.evidence.sources.http_json import HttpSource
from certsvc.evidence.sources.rules import Evidence, VerifiedData
from certsvc.evidence.sources.sql import SqlSource
from certsvc.foundation.clock import Clock, SystemClock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.people.rights.rules import Actor, Permission, require
from keys.http_port import HttpExchange


def make_connector(description: SourceDescription, http: HttpExchange | None = None) -> Connector:
    """Create the connector of a described source; nothing is opened yet."""
    if isinstance(description, HttpDescription):
        return HttpSource(description, http=http)
    if isinstance(description, FileDescription):
        return FileSource(description)
    assert isinstance(description, SqlDescription)  # noqa: S101  the last of the three kinds
    return SqlSource(description)


def _forget(_: Call) -> None:
    """Record nothing."""


class SourceRegister:
    """The connected sources, by the certificate types they can vouch for."""

    def __init__(
        self,
        descriptions: tuple[SourceDescription, ...],
        *,
        http: HttpExchange | None = None,
        record: RecordCall = _forget,
        clock: Clock | None = None,
        fictional_areas: bool = False,
    ) -> None:
        """Connect what is described; nothing is opened before it is asked.

        Args:
            descriptions: The sources.
            http: Who carries requests over HTTP; a client of its own, if None.
            record: Told of every call.
            clock: Where the time of a call is read.
            fictional_areas: Whether places of a demonstration are places.
        """
        self._sources = {
            each.code: GuardedSource(
                each,
                make_connector(each, http),
                taker=AnswerTaker(each, fictional_areas=fictional_areas),
                record=record,
                clock=clock or SystemClock(),
            )
            for each in descriptions
        }
        self._by_type = {
            type_code: source
            for source in self._sources.values()
            for type_code in source.description.types
        }

    def query(
        self, *, type_code: str, holder: HolderCode, matter_code: str, actor: Actor, now: datetime
    ) -> VerifiedData:
        """Ask the source of a certificate type about a holder (数据共享).

        May take as long as the source's limit; never inside a transaction of ours.

        Raises:
            NoSourceError: no connected source holds this type.
            HolderKindUnsupportedError: it is not searched by this kind of document.
            HolderNotFoundError: the source has no record of the holder.
            SeveralRecordsError: it has more than one.
            SourceSlowError: it does not answer in time.
            SourceNonsenseError: it answers something that cannot be.
            SourceUnavailableError: it is down.
            SourceSecretMissingError: a password or key of it is not where it should be.
        """
        source = self._by_type.get(type_code)
        if source is None:
            raise NoSourceError(type=type_code)
        description = source.description
        if holder.kind not in description.types[type_code].holder_kinds:
            raise HolderKindUnsupportedError(holder_kind=holder.kind.value)
        taken, raw_sha256 = source.query(type_code, holder)
        question = source.connector.query_text(type_code)
        return VerifiedData(
            holder_name=taken.holder_name,
            fields=taken.fields,
            evidence=Evidence(
                route=Route.DATA_SHARING,
                source=description.code,
                unit_code=description.unit,
                verified_by=f"source:{description.code}",
                verified_at=now,
                basis=description.types[type_code].basis,
                asked_by=actor.id,
                matter_code=matter_code,
                answer_sha256=raw_sha256,
                query=f"{description.code}/{type_code}",
                query_sha256=hashlib.sha256(question.encode()).hexdigest(),
                warnings=taken.warnings,
            ),
        )

    def check(self, code: str, *, actor: Actor) -> Call:
        """Ask a source something harmless now, and say what came of it.

        Raises:
            PermissionDeniedError: the actor may not see the sources.
            SourceUnknownError: there is no such source.
            SourceSlowError: somebody checks it at this moment.
        """
        require(actor, Permission.READ_SOURCES)
        if code not in self._sources:
            raise SourceUnknownError(source=code[:60])
        return self._sources[code].check()

    def __iter__(self) -> Iterator[GuardedSource]:
        return iter(self._sources.values())

    def close(self) -> None:
        """Give back all connections."""
        for source in self._sources.values():
            source.connector.close()
