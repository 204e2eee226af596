"""Step `register`: how the bytes in hand stand to those that we issued and keep.

- The whole file is compared, by digest, with what was issued and with its archived copy.
- Otherwise the longest beginning of the file that is registered, byte for byte, is looked for. It
  is found in the file's own bytes alone: no part of the validator has a say in it, so that a fault
  there cannot make a changed file the registered one.
- What follows it must be a beginning of the archived copy that we keep; or the validator found
  nothing but our archiver's revisions, *and* the pages look the same and the data attached is the
  same. Two checks that share a rule are one check, so these share none.
- A file that says it is ours and is none of these is never authentic: get the original.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.twins import Twin
from certsvc.certificates.records.history import find_by_identifier
from certsvc.foundation.codes.errors import IdentifierInvalidError
from certsvc.verification.authenticity.rules import REGISTER, Original, check
from signing.report import Check, Outcome

_END = b"%%EOF"
_MOST_ENDS = 64
"""A registered file is the beginning of what was made of it, and has few ends of its own."""
_LINE_ENDS = (b"\r\n", b"\n", b"\r")


class Likeness(StrEnum):
    """Relation of a file to a registered one; the value is the reason in the step's code."""

    ISSUED = "known"
    """Identical to the issued file."""
    ARCHIVED = "known-archived"
    """Identical to the archived file."""
    ARCHIVED_BEFORE = "known-archived-before"
    """What we archived, as it stood before it was archived again."""
    ARCHIVED_ELSEWHERE = "known-with-archive"
    """What was issued, and revisions as our archiver writes them, made by somebody else."""
    ADDED_TO = "added"
    """What was issued, and something else."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """The registered copy that a file begins with."""

    copy_number: str
    """提取编号."""
    size: int
    """How many of the file's bytes are a registered file."""
    likeness: Likeness | None
    """What follows from the digests alone; None if something comes after those bytes."""
    archived_sha256: str | None
    """Name of its archived copy in the store."""


def find_match(session: Session, content: bytes) -> Match | None:
    """Return the registered copy that the file is, or begins with; the longest beginning counts."""
    sizes = _sizes_by_digest(content)
    digests = list(sizes)
    found = session.scalars(
        select(Extraction).where(
            or_(Extraction.object_sha256.in_(digests), Extraction.archived_sha256.in_(digests))
        )
    ).all()
    matches = [
        (sizes[digest], extraction, digest)
        for extraction in found
        for digest in (extraction.object_sha256, extraction.archived_sha256)
        if digest in sizes
    ]
    if not matches:
        return None
    size, extraction, digest = max(matches, key=lambda each: each[0])
    same = Likeness.ISSUED if digest == extraction.object_sha256 else Likeness.ARCHIVED
    return Match(
        copy_number=extraction.copy_number,
        size=size,
        likeness=same if size == len(content) else None,
        archived_sha256=extraction.archived_sha256,
    )


def _sizes_by_digest(content: bytes) -> dict[str | None, int]:
    """Digests of the whole file and of what ends with each of its first ends, with their sizes."""
    sizes: dict[str | None, int] = {}
    running, at = hashlib.sha256(), 0
    for end in sorted({*_ends_of(content), len(content)}):
        running.update(memoryview(content)[at:end])
        at = end
        sizes[running.copy().hexdigest()] = end
    return sizes


def _ends_of(content: bytes) -> list[int]:
    ends: list[int] = []
    at = content.find(_END)
    while at >= 0 and len(ends) < 2 * _MOST_ENDS:
        end = at + len(_END)
        ends.append(end)
        line_end = next((each for each in _LINE_ENDS if content.startswith(each, end)), b"")
        ends.append(end + len(line_end))
        at = content.find(_END, end)
    return ends


def judge_match(likeness: Likeness, *, extra: int) -> Check:
    """Return the relation of the file to the registered copy that it begins with."""
    if likeness is Likeness.ADDED_TO:
        return check(REGISTER, Outcome.FAILED, likeness.value, {"extra": extra})
    params = {"extra": extra} if likeness is Likeness.ARCHIVED_ELSEWHERE else {}
    return check(REGISTER, Outcome.PASSED, likeness.value, dict(params))


def find_claimed(session: Session, twin: Twin | None) -> Original | None:
    """Return the registered original that a file's data names; None if it names none of ours."""
    if twin is None:
        return None
    copy = session.get(Extraction, twin.copy_number)
    if copy is not None and copy.object_sha256 is not None:
        return original_of(copy)
    try:
        record, _ = find_by_identifier(session, twin.identifier)
    except IdentifierInvalidError:
        return None
    if record is None:
        return None
    return Original(
        copy_number=None,
        identifier=record.identifier,
        producing_unit=record.certificate_type.producing_unit.name,
        extracting_unit=None,
    )


def original_of(copy: Extraction) -> Original:
    """Return the public data of the original of a file that differs from it."""
    return Original(
        copy_number=copy.copy_number,
        identifier=copy.record.identifier,
        producing_unit=copy.record.certificate_type.producing_unit.name,
        extracting_unit=copy.extracting_unit.name,
    )
