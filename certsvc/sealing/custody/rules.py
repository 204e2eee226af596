"""Format and rules of a key ceremony's file.

- At least two people approve it, and none of them twice.
- It names who executes it, which keys, where, of which kind; nothing is chosen while it runs.
- The key that signs the protocol is made in it, or is already in our keeping, and outlives it.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.states.rules import Move, TransitionTable, Who

APPROVALS_NEEDED = 2
"""People who must approve: nobody makes or destroys a key alone."""
LONGEST_FILE = 100_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,500}")


class KeyNameInvalidError(InvalidInputError):
    """A name is not of lower-case letters, digits and hyphens. Params: `key`."""

    code = "custody.name-invalid"


class CeremonyInvalidError(InvalidInputError):
    """The ceremony's file cannot be understood. Params: `entry`."""

    code = "custody.ceremony-invalid"


class KeyAction(StrEnum):
    """An action on a key."""

    GENERATE = "generate"
    """生成."""
    REQUEST = "request"
    """申请证书 (CSR)."""
    CERTIFY = "certify"
    """导入证书."""
    ROTATE = "rotate"
    """更换."""
    DESTROY = "destroy"
    """销毁."""


class KeyState(StrEnum):
    """State of a key in custody."""

    MADE = "made"
    """已生成."""
    CERTIFIED = "certified"
    """已有证书."""
    DESTROYED = "destroyed"
    """已销毁."""


_BY_KEEPER = (Who(right="keep_keys"),)


def _move(
    before: KeyState | None, action: KeyAction, after: KeyState, *needs: str
) -> Move[KeyState, KeyAction]:
    return Move(before=before, event=action, after=after, who=_BY_KEEPER, needs=needs)


KEY_LIFE = TransitionTable(
    "key",
    _move(None, KeyAction.GENERATE, KeyState.MADE),
    # A key from elsewhere is registered together with its certificate (`adoption`).
    _move(None, KeyAction.CERTIFY, KeyState.CERTIFIED, "certificate"),
    *(
        _move(state, action, after, *needs)
        for state in (KeyState.MADE, KeyState.CERTIFIED)
        for action, after, needs in (
            (KeyAction.REQUEST, state, ()),
            (KeyAction.CERTIFY, KeyState.CERTIFIED, ("certificate",)),
            (KeyAction.ROTATE, state, ()),
            (KeyAction.DESTROY, KeyState.DESTROYED, ("reason",)),
        )
    ),
    states=KeyState,
    events=KeyAction,
    words=("life.key-state", "key-action"),
    final=(KeyState.DESTROYED,),
)


class Outcome(StrEnum):
    """Progress of an action."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


_ENTRIES: dict[KeyAction, set[str]] = {
    KeyAction.GENERATE: {"at", "algorithm"},
    KeyAction.REQUEST: {"common_name", "organisation"},
    KeyAction.DESTROY: {"reason"},
}


@dataclass(frozen=True, kw_only=True)
class CeremonyStep:
    """One step of a ceremony."""

    action: KeyAction
    key: str
    """Name of the key in custody."""
    entries: dict[str, str]
    """Further entries of the action: `at`, `algorithm`; `common_name`, `organisation`; `reason`."""


@dataclass(frozen=True, kw_only=True)
class Ceremony:
    """密钥仪式: one reviewable file."""

    text: str
    number: str
    """Unique among all ceremonies."""
    title: str
    operator: str
    """Account of the machine that executes it."""
    approvers: tuple[str, ...]
    """Log-ins of the people who approve it."""
    protocol_key: str
    """Key that signs the protocol."""
    steps: tuple[CeremonyStep, ...]

    @property
    def sha256(self) -> str:
        """Digest of the text; what is approved is this text and no other."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse_ceremony(text: str) -> Ceremony:
    """Read a ceremony's file.

    Raises:
        CeremonyInvalidError: an entry is missing, unknown or malformed.
    """
    if len(text) > LONGEST_FILE:
        raise CeremonyInvalidError(entry="-")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CeremonyInvalidError(entry="-") from error
    _require_entries(content, {"number", "title", "operator", "approvers", "protocol_key", "step"})
    approvers = _people(content["approvers"])
    if not isinstance(content["step"], list) or not content["step"]:
        raise CeremonyInvalidError(entry="step")
    ceremony = Ceremony(
        text=text,
        number=_line(content, "number", longest=40),
        title=_line(content, "title"),
        operator=_line(content, "operator", longest=70),
        approvers=approvers,
        protocol_key=require_name(_line(content, "protocol_key")),
        steps=tuple(_step(each) for each in content["step"]),
    )
    _require_protocol_key_lives(ceremony)
    return ceremony


def require_name(name: str) -> str:
    """Accept the name of a key: lower-case ASCII letters, digits and hyphens, at most 40.

    Raises:
        KeyNameInvalidError: it is anything else.
    """
    if not _NAME.fullmatch(name):
        raise KeyNameInvalidError(key=name[:80])
    return name


def _people(found: Any) -> tuple[str, ...]:  # noqa: ANN401  whatever the file says
    given = found if isinstance(found, list) else []
    people = {each.casefold() for each in given if isinstance(each, str) and each.strip()}
    if not len(given) == len(people) >= APPROVALS_NEEDED:
        raise CeremonyInvalidError(entry="approvers")
    return tuple(given)


def _step(content: Any) -> CeremonyStep:  # noqa: ANN401  whatever the file says
    if not isinstance(content, dict) or content.get("action") not in set(_ENTRIES):
        raise CeremonyInvalidError(entry="step.action")
    action = KeyAction(content["action"])
    _require_entries(content, _ENTRIES[action] | {"action", "key"}, of="step.")
    return CeremonyStep(
        action=action,
        key=require_name(_line(content, "key")),
        entries={entry: _line(content, entry) for entry in sorted(_ENTRIES[action])},
    )


def _require_entries(content: dict[str, Any], wanted: set[str], *, of: str = "") -> None:
    if different := sorted(content.keys() ^ wanted):
        raise CeremonyInvalidError(entry=f"{of}{different[0]}"[:80])


def _line(content: dict[str, Any], entry: str, *, longest: int = 500) -> str:
    value = content[entry]
    if not isinstance(value, str) or not _LINE.fullmatch(value) or len(value) > longest:
        raise CeremonyInvalidError(entry=entry)
    return value


def _require_protocol_key_lives(ceremony: Ceremony) -> None:
    destroyed = {step.key for step in ceremony.steps if step.action is KeyAction.DESTROY}
    if ceremony.protocol_key in destroyed:
        raise CeremonyInvalidError(entry="protocol_key")
