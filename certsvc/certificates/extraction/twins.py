"""Reading a machine-readable twin back, as `rules.twin_of` wrote it.

- A twin of another form is told apart from one that claims our form and breaks it.
- Nothing is guessed: a part that is missing makes the twin unusable.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from certsvc.certificates.extraction.rules import TWIN_SCHEMA_VERSION
from certsvc.foundation.errors import InvalidInputError

LONGEST_BYTES = 1 << 20
"""A twin with 500 rows has some 100 KiB."""


class TwinForeignError(InvalidInputError):
    """The attached data is of a form that this service does not know."""

    code = "extraction.twin-foreign"


class TwinMalformedError(InvalidInputError):
    """The attached data claims our form and does not keep to it."""

    code = "extraction.twin-malformed"


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Data of a twin."""

    type_code: str
    """Certificate type, which names the template pack."""
    type_name: str
    """Its printed name."""
    pack_version: str
    """Version of the pack that the paper was set with."""
    identifier: str
    """证照标识."""
    holder_name: str = field(repr=False)
    """持证主体."""
    holder_code: str = field(repr=False)
    """Its code."""
    fields: Mapping[str, Any] = field(repr=False)
    """The facts."""
    copy_number: str
    """提取编号."""
    producing_unit: str
    """制作单位."""
    extracting_unit: str
    """提取单位."""
    matter: str
    """事项."""
    purpose: str = field(repr=False)
    """用途."""
    extracted_at: datetime
    """提取时间, aware."""
    valid_until: date
    """有效期至."""

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Yield every value that a face shows, with its path in the twin."""
        yield "type.name", self.type_name
        yield "identifier", self.identifier
        yield "holder.name", self.holder_name
        yield "holder.code", self.holder_code
        yield from _leaves("fields", self.fields)
        yield "extraction.copy_number", self.copy_number
        yield "extraction.producing_unit", self.producing_unit
        yield "extraction.extracting_unit", self.extracting_unit
        yield "extraction.matter", self.matter
        yield "extraction.purpose", self.purpose
        yield "extraction.extracted_at", self.extracted_at
        yield "extraction.valid_until", self.valid_until


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    else:
        yield path, value


def read_twin(content: bytes) -> Twin:
    """Read the twin of a certificate.

    Raises:
        TwinForeignError: it is not of this service's form.
        TwinMalformedError: it claims to be and is broken, or much too long.
    """
    if len(content) > LONGEST_BYTES:
        raise TwinMalformedError
    try:
        twin = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TwinMalformedError from error
    if not isinstance(twin, dict) or twin.get("schema_version") != TWIN_SCHEMA_VERSION:
        raise TwinForeignError
    try:
        return _of(twin)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TwinMalformedError from error


def _of(twin: dict[str, Any]) -> Twin:
    note, kind, holder = twin["extraction"], twin["type"], twin["holder"]
    extracted_at = datetime.fromisoformat(note["extracted_at"])
    if extracted_at.tzinfo is None or not isinstance(twin["fields"], dict):
        raise ValueError("extracted_at")
    return Twin(
        type_code=_text(kind["code"]),
        type_name=_text(kind["name"]),
        pack_version=_text(kind["pack_version"]),
        identifier=_text(twin["identifier"]),
        holder_name=_text(holder["name"]),
        holder_code=_text(holder["code"]),
        fields=twin["fields"],
        copy_number=_text(note["copy_number"]),
        producing_unit=_text(note["producing_unit"]["name"]),
        extracting_unit=_text(note["extracting_unit"]["name"]),
        matter=_text(note["matter"]["name"]),
        purpose=_text(note["purpose"]),
        extracted_at=extracted_at,
        valid_until=date.fromisoformat(note["valid_until"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value
