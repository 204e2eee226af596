"""Everything printed on one copy.

- Data is text to be shown, never markup: it may hold any visible character and nothing else.
- Control, format and bidirectional characters are refused, because what a reader sees would differ
  from what the file says.
- Lengths are bounded where a person types: 用途 at most 200 characters, as in the share interface
  of the provinces (useCause ≤ 200).
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from templates.errors import FieldsInvalidError, GlyphMissingError

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

LIMITS = {
    "identifier": 128,
    "copy_number": 64,
    "producing_unit": 100,
    "extracting_unit": 100,
    "matter": 100,
    "purpose": 200,
    "verify_url": 200,
    "verify_code": 64,
    "notice": 60,
}
"""Longest text of each line of the face, in characters."""

OPTIONAL = frozenset({"notice"})


@dataclass(frozen=True, kw_only=True)
class Face:
    """What one copy shows, besides the fixed words of its pack."""

    fields: Mapping[str, JSON]
    """Verified data, valid against the pack's JSON Schema."""
    identifier: str
    """证照标识 of the record, GB/T 36904."""
    copy_number: str
    """提取编号: identifies this sealed copy."""
    producing_unit: str
    """制作单位, who vouches; stands on the issuing line under the seal."""
    extracting_unit: str
    """提取单位, for whom the copy is made."""
    matter: str
    """事项 the copy is used for."""
    purpose: str
    """用途, free text typed by a person."""
    extracted_at: datetime
    """提取时间, aware; printed in Asia/Shanghai."""
    valid_until: date
    """有效期至, the last day the copy may be used."""
    verify_url: str
    """What the QR code holds: the verify page with the copy's code."""
    verify_code: str
    """核验码, 26 characters of Crockford base32; printed in groups of four."""
    notice: str | None
    """Printed above the title when set, e.g. that a demonstration copy has no legal force."""
    twin: bytes
    """The data as canonical JSON (RFC 8785), attached as ``certificate.json``."""
    metadata: Mapping[str, str]
    """GB/T 36903 element name → value, written into the XMP packet."""


def check_face(face: Face) -> None:
    """Refuse a face that can't be shown faithfully.

    1. Every line of the face is present and within its length.
    2. Times carry their zone.
    3. Every text, on the face, in the data and the metadata, holds visible characters only.
    4. The twin is JSON.

    The caller must still check ``fields`` against the pack's schema and the fonts' coverage.

    Raises:
        FieldsInvalidError: names the line and the reason.
        GlyphMissingError: unassigned or private-use characters, which no font can be trusted with.
    """
    for field, limit in LIMITS.items():
        _check_line(field, getattr(face, field), limit)
    if face.extracted_at.tzinfo is None:
        raise FieldsInvalidError(field="extracted_at", reason="naive-time")
    for field, text in texts(face):
        check_text(field, text)
    _check_twin(face.twin)


def _check_line(field: str, text: str | None, limit: int) -> None:
    if text is None and field in OPTIONAL:
        return
    if text is None or not text.strip():
        raise FieldsInvalidError(field=field, reason="empty")
    if len(text) > limit:
        raise FieldsInvalidError(field=field, reason="too-long", limit=limit)


def _check_twin(twin: bytes) -> None:
    try:
        json.loads(twin.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FieldsInvalidError(field="twin", reason="not-json") from error


def check_text(field: str, text: str) -> None:
    """Refuse characters that can't be seen or that change what is seen.

    Raises:
        FieldsInvalidError: control, format, separator, surrogate; right-to-left script.
        GlyphMissingError: private-use and unassigned code points.
    """
    unknown: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        if category in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            raise FieldsInvalidError(
                field=field, reason="control-character", character=named(character)
            )
        if category in {"Co", "Cn"}:
            unknown.append(character)
        elif unicodedata.bidirectional(character) in {"R", "AL", "AN"}:
            raise FieldsInvalidError(
                field=field, reason="right-to-left", character=named(character)
            )
    if unknown:
        raise GlyphMissingError(characters=named_all(unknown))


def texts(face: Face) -> Iterator[tuple[str, str]]:
    """Every text of the face with the path of the line or field it stands in."""
    for field in LIMITS:
        text = getattr(face, field)
        if text is not None:
            yield field, text
    for element, text in face.metadata.items():
        yield f"metadata.{element}", text
    yield from leaves(face.fields)


def leaves(data: JSON, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string in a JSON value, keys included, with its path."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for key, item in data.items():
            inner = f"{path}.{key}" if path else key
            yield inner, key
            yield from leaves(item, inner)
    elif isinstance(data, Sequence):
        for index, item in enumerate(data):
            yield from leaves(item, f"{path}[{index}]")


def named(character: str) -> str:
    """A character as a message can show it: itself when visible, and its code point."""
    point = f"U+{ord(character):04X}"
    visible = unicodedata.category(character)[0] not in {"C", "Z", "M"}
    return f"{character} {point}" if visible else point


def named_all(characters: Sequence[str], most: int = 10) -> str:
    """Several characters for one message, each once, at most ``most``."""
    distinct = list(dict.fromkeys(characters))
    shown = ", ".join(named(character) for character in distinct[:most])
    return shown if len(distinct) <= most else f"{shown} …"
