"""Does the signature cover the file, the whole file, and nothing but the file?

* /ByteRange starts at 0, ends at the end, and leaves out one hole (ISO 32000-1 12.8.1).
* The hole is exactly the hexadecimal string of this signature's own /Contents.
* Inside the hole there is one DER value; the rest is zeros, and the digits have one case.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from signing.checklist import Evidence, StepFailedError
from signing.der_reading import NotDerError, check_der
from signing.document_facts import SignatureFacts
from signing.report import SubIndication

_CONTAINER_LIMIT = 1 << 20
_RANGE_SIZE = 4
_DIGITS = re.compile(rb"(?:[0-9a-f]{2})*|(?:[0-9A-F]{2})*")


@dataclass(frozen=True, kw_only=True)
class Hole:
    """Where the signature's container lies."""

    start: int
    """Offset of ``<``."""

    end: int
    """Offset after ``>``."""

    covered_end: int
    """Offset where the covered bytes end."""

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
        raise _bad("malformed")
    first, start, end, rest = facts.byte_range
    if first != 0 or not 0 < start < end <= end + rest <= len(document):
        raise _bad("malformed")
    if end - start > 2 * _CONTAINER_LIMIT:
        raise _bad("container-size")
    digits = document[start + 1 : end - 1]
    if document[start : start + 1] != b"<" or document[end - 1 : end] != b">":
        raise _bad("gap")
    if _DIGITS.fullmatch(digits) is None:
        raise _bad("gap")
    if bytes.fromhex(digits.decode("ascii")) != facts.contents or not facts.contents:
        raise _bad("gap")
    return Hole(start=start, end=end, covered_end=end + rest)


def check_whole_file(
    document: bytes, hole: Hole, facts: SignatureFacts, *, whole_ends: Collection[int]
) -> Evidence:
    """Nothing follows the covered bytes but archive revisions.

    Args:
        document: The file.
        hole: Where the container lies.
        facts: What the signature says of itself.
        whole_ends: Offsets after which there are archive revisions only, or nothing.

    Raises:
        StepFailedError: Something else was added after sealing.
    """
    if hole.covered_end not in whole_ends:
        extra = len(document) - hole.covered_end
        # A certification that permits no change is broken by any; of other seals only the
        # state they sealed is known.
        broken = facts.permission == 1
        why = SubIndication.FORMAT_FAILURE if broken else SubIndication.SIG_CONSTRAINTS_FAILURE
        raise StepFailedError("bytes-after", why, extra=extra)
    return {"covered": hole.start + hole.covered_end - hole.end, "size": len(document)}


def cut_container(contents: bytes) -> bytes:
    """The DER value in the hole.

    Raises:
        StepFailedError: It is not DER, or what follows it is not zeros.
    """
    try:
        end = check_der(contents)
    except NotDerError as error:
        raise _bad("not-der") from error
    if contents[end:].strip(b"\x00"):
        raise _bad("padding")
    return contents[:end]


def _bad(reason: str) -> StepFailedError:
    return StepFailedError(reason, SubIndication.FORMAT_FAILURE)
