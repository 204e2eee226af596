"""Checks that the signature covers the whole file except its own hole.

* /ByteRange starts at 0, ends at the end, and leaves out one hole (ISO 32000-1 12.8.1).
* The hole is exactly the hexadecimal string of this signature's own /Contents.
* In a seal of ours there is one DER value inside the hole; the rest is zeros, and the digits have
  one case. Others may use both cases, which say nothing (ISO 32000-2 7.3.4.3).
* White space in or around the string is read, but then not everything is covered.
* What follows the covered bytes must be explained (:mod:`signing.reading.later_revisions`); after a
  seal of ours only what our archiver wrote is (:mod:`signing.reading.archive_revisions`).
"""

import hashlib
import re
from dataclasses import dataclass

from signing.checklist import Evidence, Finding, StepFailedError, format_failure
from signing.cms.der_reading import NotDerError, end_of_element
from signing.pdf.signature_hole import is_our_writing
from signing.reading.additions import Later
from signing.reading.signature_fields import SignatureFacts
from signing.report import Param, SubIndication

_CONTAINER_LIMIT = 1 << 20
_RANGE_SIZE = 4
_OUR_STRING = re.compile(rb"<([0-9a-f]*|[0-9A-F]*)>")
_ANY_STRING = re.compile(rb"[\x00\t\n\f\r ]*<([0-9A-Fa-f\x00\t\n\f\r ]*)>[\x00\t\n\f\r ]*")
# What is added to these says nothing of a change, only that nobody vouches for it.
_NO_CHANGE_FOUND = (Later.ARCHIVAL, Later.UNUSUAL, Later.NOT_COMPARED)
_NAMING_FIELDS = (Later.SIGNED, Later.SIGNED_VISIBLY, Later.FORM_FILLED)
_NAMED_LIMIT = 10
_SPACE = b"\x00\t\n\f\r "


@dataclass(frozen=True, kw_only=True)
class Hole:
    """Where the signature's container lies."""

    start: int
    """Offset of ``<``."""

    end: int
    """Offset after ``>``."""

    covered_end: int
    """Offset where the covered bytes end."""

    loose: bool
    """Whether there is white space in it, which nothing protects."""

    ours: bool
    """Whether this package wrote it, so that its contents must be of our own strict form."""

    def digest(self, document: bytes, name: str) -> bytes:
        """Digest of the covered bytes."""
        view = memoryview(document)
        digest = hashlib.new(name, view[: self.start])
        digest.update(view[self.end : self.covered_end])
        return digest.digest()


def find_hole(document: bytes, facts: SignatureFacts) -> Hole:
    """The hole this signature's byte range leaves.

    Raises:
        StepFailedError: The range is not of the one allowed form.
    """
    if len(facts.byte_range) != _RANGE_SIZE:
        raise format_failure("malformed")
    first, start, end, rest = facts.byte_range
    if first != 0 or not 0 < start < end <= end + rest <= len(document):
        raise format_failure("malformed")
    if end - start > 2 * _CONTAINER_LIMIT:
        raise format_failure("container-size")
    ours = is_our_writing(document, start)
    string = (_OUR_STRING if ours else _ANY_STRING).fullmatch(document, start, end)
    if string is None:
        raise format_failure("gap")
    digits = string[1].translate(None, _SPACE)
    if len(digits) % 2 or not facts.contents or bytes.fromhex(digits.decode()) != facts.contents:
        raise format_failure("gap")
    loose = len(digits) + 2 != end - start
    return Hole(start=start, end=end, covered_end=end + rest, loose=loose, ours=ours)


def check_whole_file(document: bytes, hole: Hole, facts: SignatureFacts) -> Evidence | Finding:
    """Nothing follows the covered bytes, or only what changes nothing that is shown.

    Raises:
        StepFailedError: Something else was added after sealing, or nobody knows what.
    """
    covered = hole.start + hole.covered_end - hole.end
    evidence: dict[str, Param] = {"covered": covered, "size": len(document)}
    if hole.loose:  # ISO 32000-2 12.8.1: everything but the value of /Contents
        raise StepFailedError("white-space", SubIndication.SIG_CONSTRAINTS_FAILURE, **evidence)
    if hole.covered_end == len(document):
        return evidence
    evidence["extra"] = len(document) - hole.covered_end
    evidence |= _described(facts)
    (_check_after_ours if hole.ours else _check_after_foreign)(facts, evidence)
    passed_as = Later.SIGNED if facts.later is Later.SIGNED else Later.ARCHIVAL
    return Finding(reason=str(passed_as), evidence=evidence)


def _described(facts: SignatureFacts) -> dict[str, str]:
    """What was added, by name, and what is unusual about how."""
    found = {
        "fields": ", ".join(facts.later_fields[:_NAMED_LIMIT]),
        "oddities": ", ".join(facts.later_oddities),
    }
    if facts.later in _NAMING_FIELDS:  # their sentences have a place for them
        found["fields"] = found["fields"] or "?"
    return {key: words for key, words in found.items() if words}


def _check_after_ours(facts: SignatureFacts, evidence: Evidence) -> None:
    """Only our archiver extends what we sealed; whatever else is there, the original is not.

    That a change is one is told where it is certain. The tolerant comparison lets nothing pass.
    """
    if facts.later is Later.ARCHIVED_BY_US:
        return
    if facts.permission == 1 and facts.later not in _NO_CHANGE_FOUND:
        raise StepFailedError("forbidden", SubIndication.FORMAT_FAILURE, **evidence)
    raise StepFailedError("ours-added", SubIndication.SIG_CONSTRAINTS_FAILURE, **evidence)


def _check_after_foreign(facts: SignatureFacts, evidence: Evidence) -> None:
    later = facts.later
    # No change is permitted by P 1 but what an archive adds (ISO 32000-2 12.8.2.2.2).
    strict = facts.permission == 1
    if later in (Later.ARCHIVED_BY_US, Later.ARCHIVAL) or (later is Later.SIGNED and not strict):
        return
    if strict and later not in _NO_CHANGE_FOUND:
        raise StepFailedError("forbidden", SubIndication.FORMAT_FAILURE, **evidence)
    raise StepFailedError(str(later), SubIndication.SIG_CONSTRAINTS_FAILURE, **evidence)


def cut_container(contents: bytes) -> bytes:
    """The DER value in the hole; whoever parses it checks what is inside.

    Raises:
        StepFailedError: It has no DER length, or what follows it is not zeros.
    """
    try:
        end = end_of_element(contents)
    except NotDerError as error:
        raise format_failure("not-der") from error
    if contents[end:].strip(b"\x00"):
        raise format_failure("padding")
    return contents[:end]
