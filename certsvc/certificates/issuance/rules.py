"""The nine steps of issuing, and what a request may contain."""

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from certsvc.certificates.records.rules import ReasonCode
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.errors import ConflictError, DefectError, InvalidInputError, RefusedError
from certsvc.foundation.states.rules import Move, TransitionTable, Who

PURPOSE_MAX_LENGTH = 200
_CODE = re.compile(r"[0-9A-Za-z._\-]{1,60}")


_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0\ufffc"
"""Blank characters that are no spaces: joiners, Hangul and Braille fillers, objects."""
_PILED_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Combining marks that are left after composition; they can strike words out."""


class Step(IntEnum):
    """The steps, numbered as in docs/architecture.md and the README."""

    ACCEPT = 1
    ALLOCATE = 2
    RENDER = 3
    CHECK = 4
    AUTHORISE = 5
    RECORD_INTENT = 6
    SEAL = 7
    VERIFY = 8
    PUBLISH = 9


class IssuanceState(StrEnum):
    """State of an issuance."""

    RUNNING = "running"
    """正在办理."""
    PUBLISHED = "published"
    """已签发."""
    VOIDED = "voided"
    """已作废; nothing was given out."""


class IssuanceEvent(StrEnum):
    """What happens to an issuance."""

    ALLOCATE = "allocate"
    """Step 2."""
    PROCEED = "proceed"
    """Steps 6 to 8."""
    PUBLISH = "publish"
    """Step 9."""
    VOID = "void"


ISSUANCE_LIFE = TransitionTable(
    "issuance",
    Move(
        before=None,
        event=IssuanceEvent.ALLOCATE,
        after=IssuanceState.RUNNING,
        who=(Who(right="issue"), Who(right="change_record")),
        needs=("purpose",),
    ),
    Move(before=IssuanceState.RUNNING, event=IssuanceEvent.PROCEED, after=IssuanceState.RUNNING),
    Move(before=IssuanceState.RUNNING, event=IssuanceEvent.PUBLISH, after=IssuanceState.PUBLISHED),
    Move(before=IssuanceState.RUNNING, event=IssuanceEvent.VOID, after=IssuanceState.VOIDED),
    states=IssuanceState,
    events=IssuanceEvent,
    words=("life.issuance-state", "life.issuance-event"),
    final=(IssuanceState.PUBLISHED, IssuanceState.VOIDED),
)


class CodeMalformedError(InvalidInputError):
    """A code in the request has characters that no code has."""

    code = "issuance.code-malformed"


class PurposeMissingError(InvalidInputError):
    """No purpose was given."""

    code = "issuance.purpose-missing"


class PurposeInvalidError(InvalidInputError):
    """The purpose is too long or holds characters that cannot be printed."""

    code = "issuance.purpose-invalid"


class RepeatedError(ConflictError):
    """The same certificate was issued just before, or is being issued. Params: `copy_number`."""

    code = "issuance.repeated"


class ReplacementUnderWayError(ConflictError):
    """Another new version of the same record is being made."""

    code = "issuance.replacement-under-way"


class SelfVerificationFailedError(DefectError):
    """The sealed file did not pass our own validation; it was not published."""

    code = "issuance.self-verification-failed"


class NothingToCorrectError(RefusedError):
    """The facts are the same as before; a correction would change nothing."""

    code = "issuance.nothing-to-correct"


class ReplacedCopyWithdrawnError(RefusedError):
    """The unit withdrew its copy, so no new version is issued to it."""

    code = "issuance.replaced-copy-withdrawn"


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """Replacement of an earlier certificate."""

    identifier: str
    """证照标识 of the version that is replaced."""
    kind: ReasonCode
    """换发 (`REISSUED`) or 更正 (`CORRECTED`)."""
    reason: str
    """Why, as free text."""


@dataclass(frozen=True, kw_only=True)
class IssueRequest:
    """A unit's request."""

    type_code: str
    """Certificate type."""
    holder: HolderCode
    """Holder that it is about."""
    unit_code: str
    """Extracting unit."""
    matter_code: str
    """Matter it is needed for."""
    purpose: str
    """用途, in the asker's words; shown on the face."""
    idempotency_key: str | None = None
    """The same key from the same caller gives the same certificate, however often it is sent."""
    reply_id: str | None = None
    """Reply of a department that the certificate rests on, instead of a connected database."""
    stops_if_repeated: bool = False
    """Whether the unit's last copy of the same proof, for the same matter and some minutes old,
    stops it; so at the desk."""
    knows_of: str | None = None
    """Number of the copy that the asker was told of and wants another one beside."""
    replaces: Replacement | None = None
    """What it is issued in the place of, at the wish of the unit that vouches; None for a first
    version. `replacements.Replacer` makes such requests."""


def check_codes(request: IssueRequest) -> None:
    """Check that codes are well-formed; whether they exist is checked by the catalogue.

    Raises:
        CodeMalformedError: names the first that could not.
    """
    codes = {
        "type": request.type_code,
        "unit": request.unit_code,
        "matter": request.matter_code,
        "reply": request.reply_id or "-",
    }
    for name, code in codes.items():
        if not _CODE.fullmatch(code):
            raise CodeMalformedError(name=name)


def plausible_code(code: str) -> str:
    """Return a well-formed code; an empty text for anything else."""
    return code if _CODE.fullmatch(code) else ""


def _is_readable(text: str) -> bool:
    """Tell whether a text can be read: letters, nothing invisible, no marks piled on it."""
    if any(_is_invisible(character) for character in text) or _PILED_MARKS.search(text):
        return False
    return any(unicodedata.category(character)[0] in "LN" for character in text)


def _is_invisible(character: str) -> bool:
    # Controls, format characters (bidi overrides), surrogates, private use, unassigned, line
    # separators; fillers that draw nothing; scripts that run from right to left.
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        or character in _FILLERS
        or unicodedata.bidirectional(character) in {"R", "AL", "AN"}
    )


def clean_purpose(purpose: str) -> str:
    """Return a purpose in the form it is printed and stored.

    Raises:
        PurposeMissingError: nothing but white space.
        PurposeInvalidError: too long, or with control or other unprintable characters.
    """
    text = unicodedata.normalize("NFC", purpose).strip()
    if not text:
        raise PurposeMissingError
    if len(text) > PURPOSE_MAX_LENGTH or not _is_readable(text):
        raise PurposeInvalidError(maximum=PURPOSE_MAX_LENGTH)
    return text
