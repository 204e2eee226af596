"""Verified data and its evidence.

- A fact without evidence is no fact: source, moment, asker, matter and a digest of the raw
  answer come with every one (市中区规则第十一条).
- The route of the evidence fixes the seal of the certificate (市中区规则第九条).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certsvc.catalogue.routes import Route

HOLDER_FIELD = "holder"
"""What a warning about the number that was asked for names as its field."""


@dataclass(frozen=True, kw_only=True)
class DataWarning:
    """Irregular but lawful data, as a warning for the user; it holds no value."""

    field: str
    """Field of the certificate, or `holder`."""
    kind: str
    """`check-character`: the last character of a number does not fit; `area`: no such place."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Evidence of the facts."""

    route: Route
    """How they were obtained."""
    source: str
    """Code of the database, or number of the reply."""
    unit_code: str
    """Unit that vouches for them."""
    verified_by: str
    """Database connector or handler that gave them."""
    verified_at: datetime
    """When they were read or replied."""
    basis: str
    """Description of what was consulted."""
    asked_by: str
    """Actor that asked."""
    matter_code: str
    """Matter it was asked for."""
    answer_sha256: str
    """Digest of the answer as it came, before any field was left out."""
    query: str = ""
    """Name of the source's query; empty for a person's reply."""
    query_sha256: str = ""
    """Digest of that question as the description has it, with nobody's number in it."""
    warnings: tuple[DataWarning, ...] = ()
    """Warnings about the facts."""


def stored_warnings(evidence: Mapping[str, Any]) -> tuple[DataWarning, ...]:
    """Read the warnings back from evidence as it is kept with a record."""
    return tuple(
        DataWarning(field=each["field"], kind=each["kind"]) for each in evidence.get("warnings", ())
    )


@dataclass(frozen=True, kw_only=True)
class VerifiedData:
    """Facts about a holder, and their evidence."""

    holder_name: str
    """Name as the source has it."""
    fields: dict[str, Any]
    """The facts, in the fields of the certificate type."""
    evidence: Evidence
    """Evidence of the facts."""
