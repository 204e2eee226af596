"""Getting verified data for a certificate from the connected departments' databases."""

from datetime import datetime

from certsvc.codes.holder import HolderCode, has_wrong_check_character
from certsvc.organisations.rules import Actor
from certsvc.sources.configuration import SourceDescription
from certsvc.sources.errors import HolderKindUnsupportedError, HolderNotFoundError, NoSourceError
from certsvc.sources.rules import Evidence, Route, VerifiedData
from certsvc.sources.sql import SqlSource


class SourceRegister:
    """The connected sources, by the certificate types they can vouch for."""

    def __init__(self, descriptions: tuple[SourceDescription, ...]) -> None:
        self._by_type = {
            type_code: source
            for source in map(SqlSource, descriptions)
            for type_code in source.description.types
        }

    def query(
        self, *, type_code: str, holder: HolderCode, matter_code: str, actor: Actor, now: datetime
    ) -> VerifiedData:
        """Ask the source of a certificate type about a holder (数据共享).

        Raises:
            NoSourceError: no connected source holds this type.
            HolderKindUnsupportedError: it is not searched by this kind of document.
            HolderNotFoundError: the source has no record of the holder.
            SeveralRecordsError: it has more than one.
            SourceUnavailableError: it does not answer.
        """
        source = self._by_type.get(type_code)
        if source is None:
            raise NoSourceError(type=type_code)
        if holder.kind not in source.description.types[type_code].holder_kinds:
            raise HolderKindUnsupportedError(kind=holder.kind.value)
        try:
            holder_name, fields, digest = source.query(type_code, holder.value)
        except HolderNotFoundError as error:
            if has_wrong_check_character(holder):
                raise HolderNotFoundError(reason="check-character") from error
            raise
        return VerifiedData(
            holder_name=holder_name,
            fields=fields,
            evidence=Evidence(
                route=Route.DATA_SHARING,
                source=source.description.code,
                unit_code=source.description.unit,
                verified_by=f"source:{source.description.code}",
                verified_at=now,
                basis=source.description.types[type_code].basis,
                asked_by=actor.id,
                matter_code=matter_code,
                answer_sha256=digest,
            ),
        )

    def close(self) -> None:
        """Give back all connections."""
        for source in self._by_type.values():
            source.close()
