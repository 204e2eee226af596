"""Protocol of the connectors to sources, and what the three kinds share.

- A connector asks and hands over what came, as it came; it neither maps nor judges values, and
  knows nothing of matters, askers or certificates.
- It says of itself that it is slow or down, or that what came cannot be read at all.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import rfc8785

from certsvc.evidence.sources.errors import (
    SourceNonsenseError,
    SourceSlowError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.mapping import AnySource, TypeDescription
from certsvc.evidence.sources.value_rules import as_json
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType

Row: TypeAlias = Mapping[str, Any]
"""Values of a source, by the columns that its description names."""
_NOBODY = "000000000000000000"
"""An unassigned number: no area begins with 000000, and no year has a month 00."""


@dataclass(frozen=True, kw_only=True)
class RawRecord:
    """One record of a holder."""

    row: Row = field(repr=False)
    """Values by column."""
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict, repr=False)
    """Rows of each table field."""


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """A source's answer about a holder."""

    records: tuple[RawRecord, ...]
    """No record, one, or several; none is chosen."""
    sha256: str
    """Digest of the answer as it came (hex)."""


class Connector(Protocol):
    """Connector to one source."""

    def fetch(self, type_code: str, holder: HolderCode) -> RawAnswer:
        """Query the source about a holder.

        Args:
            type_code: A certificate type that the source's description has.
            holder: Whom.

        Raises:
            SourceSlowError: no whole answer came in time.
            SourceNonsenseError: what came is not of the form that the description says.
            SourceUnavailableError: the source cannot be reached or refuses.
            SourceSecretMissingError: a password or key is not where it should be.
        """

    def query_text(self, type_code: str) -> str:
        """Return the query of a type as described, without a holder's number."""

    def check(self) -> None:
        """Run a harmless query that shows whether the source answers.

        Raises:
            SourceSlowError: as `fetch`.
            SourceNonsenseError: as `fetch`, or nobody is somebody there.
            SourceUnavailableError: as `fetch`.
            SourceSecretMissingError: as `fetch`.
        """

    def close(self) -> None:
        """Close connections; the connector is not used afterwards."""


def check_by_nobody(
    connector: Connector, source: AnySource, types: Mapping[str, TypeDescription]
) -> None:
    """Query an unassigned number in every type: checks tables and columns, reads no data.

    Raises:
        SourceNonsenseError: nobody is somebody there: the question does not look at the number.
    """
    for code, definition in types.items():
        kind = min(definition.holder_kinds)
        if connector.fetch(code, HolderCode(value=_NOBODY, kind=HolderCodeType(kind))).records:
            raise nonsense(source, "answers-anyone")


def rows_digest(rows: Any) -> str:  # noqa: ANN401  rows, or parts of an answer
    """Return the digest of rows in canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(_plain(rows))).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401  rows, or parts of an answer
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return as_json(value)


def down(source: AnySource, **more: str) -> SourceUnavailableError:
    """Return the error for a source that is down."""
    return SourceUnavailableError(source=source.code, name=source.name, **more)


def slow(source: AnySource, **more: str) -> SourceSlowError:
    """Return the error for a source that is slow."""
    return SourceSlowError(source=source.code, name=source.name, **more)


def nonsense(source: AnySource, fault: str, **more: str) -> SourceNonsenseError:
    """Return the error for an unusable answer; it never contains a value."""
    return SourceNonsenseError(source=source.code, name=source.name, fault=fault, **more)
