"""Defects of a pack, as reported to its author.

- Every defect has a stable code, `template.lint.<defect>`; the sentence stands in the message
  catalogue and says what to do.
- A finding names the file to open; it repeats no value of a sample.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PackDefect(StrEnum):
    """Kind of defect."""

    UNUSABLE = "unusable"
    """A file or a value is missing or cannot be read. Params: `why`, `detail`."""
    KEY_UNKNOWN = "key-unknown"
    """`pack.toml` has an entry that nothing reads, a slip of the keyboard. Params: `key`."""
    VALUE_INVALID = "value-invalid"
    """An entry of `pack.toml` is out of bounds. Params: `key`."""
    LEGAL_BASIS_MISSING = "legal-basis-missing"
    """No rule is named that the proof rests on."""
    SCHEMA_ID = "schema-id"
    """`$id` of the schema does not name this pack and version. Params: `wanted`."""
    SCHEMA_OPEN = "schema-open"
    """The schema lets through fields that it does not name. Params: `field`."""
    TITLE_MISSING = "title-missing"
    """A field has no title in one of the languages. Params: `field`."""
    HOLDER_MISSING = "holder-missing"
    """No field says whose proof it is. Params: `part`."""
    FIELD_UNUSED = "field-unused"
    """A field of the schema is nowhere on the paper. Params: `field`."""
    FIELD_NOT_IN_SAMPLES = "field-not-in-samples"
    """Neither sample has the field, so nobody knows how it looks. Params: `field`."""
    FIELD_UNKNOWN = "field-unknown"
    """The layout uses a field that the schema has not. Params: `field`."""
    FIELD_NEEDED = "field-needed"
    """The layout fails without a field that may be left out. Params: `field`."""
    SAMPLE_INVALID = "sample-invalid"
    """A sample lacks a line or does not fit the schema. Params: `field`."""
    NOT_RENDERED = "not-rendered"
    """The layout engine refused. Params: `message`."""
    NOT_CONFORMING = "not-conforming"
    """The file would be no PDF/A-3a or PDF/UA-1. Params: `message`."""
    GLYPH_MISSING = "glyph-missing"
    """No font has a character. Params: `message`."""
    QR_UNREADABLE = "qr-unreadable"
    """A camera does not read the code, or reads something else."""
    SEAL_SLOT_MISSING = "seal-slot-missing"
    """The layout has no issuing line, or more than one."""
    SEAL_SLOT_OUTSIDE = "seal-slot-outside"
    """The seal would hang over the edge of the page. Params: `page`."""
    SEAL_SLOT_COVERED = "seal-slot-covered"
    """Other words than unit and date stand where the seal goes. Params: `page`."""
    TEXT_DIFFERS = "text-differs"
    """The ordinary sample's text is not that of `expected.txt`. Params: `line`."""
    CHECK_FAILED = "check-failed"
    """The rendered sample fails another check of issuing. Params: `check`, `message`."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One defect of one pack."""

    defect: PackDefect
    """What is wrong."""
    file: str
    """File of the pack to open."""
    params: Mapping[str, str | int] = field(default_factory=dict)
    """What the sentence fills in."""

    @property
    def code(self) -> str:
        """Stable code, also of the sentence in the message catalogue."""
        return f"template.lint.{self.defect.value}"
