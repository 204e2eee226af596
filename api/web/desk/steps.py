"""What the steps of the desk hand on, sealed in the address: each step is a page of its own.

- Every step answers a form by leading to a page that can be asked for again: Back, reload and the
  other language never meet a browser's own error page.
- The address holds what was typed sealed for the one clerk it was shown to (AES-256-GCM, `kept`):
  histories, logs and proxies learn neither number nor name from it.
- Nothing can be issued that was not shown: a preview seals what it showed, and issuing opens that.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from api.web.forms.form import keeper_of
from api.web.forms.kept import STAMP_LIFETIME
from api.web.forms.raw import RawForm
from api.web.visits import Visit

LONGEST_ADDRESS = 6000
"""Characters of a sealed step; what is longer is answered in place."""
_STEP, _SEEN, _OUTCOME = "desk step", "desk preview", "desk outcome"


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A proof that was not issued, and why."""

    use: str
    """Matter and type, as forms send them."""
    code: str
    """Code of the sentence that says why."""
    params: dict[str, str | int] = field(repr=False)
    """What the sentence names."""
    earlier: str | None = None
    """证照标识 of a record that it is about, if there is a page of it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the proofs that were issued in one go."""

    issued: Sequence[str]
    """Numbers of the copies."""
    failed: Sequence[Failed]
    """What was not issued."""
    step: str
    """The sealed step that the preview stood on, to try the rest again."""


def seal_step(visit: Visit, raw: RawForm) -> str:
    """Return what was typed as an address carries it."""
    return _keep(visit, raw.pack(""), _STEP)


def open_step(visit: Visit, text: str) -> RawForm | None:
    """Return what was typed; None if it is over, another's, or not from here."""
    packed = _open(visit, text, _STEP)
    return RawForm.unpack(packed)[1] if packed is not None else None


def seal_seen(visit: Visit, step: str, uses: Sequence[str]) -> str:
    """Return the mark of a preview: whose facts of which proofs this clerk has been shown."""
    return _keep(visit, json.dumps([_digest(step), list(uses)]).encode(), _SEEN)


def open_seen(visit: Visit, text: str, step: str) -> frozenset[str]:
    """Return the proofs that were shown for a step; none without a preview."""
    packed = _open(visit, text, _SEEN)
    if packed is None:
        return frozenset()
    digest, uses = json.loads(packed)
    return frozenset(uses) if digest == _digest(step) else frozenset()


def seal_outcome(visit: Visit, outcome: Outcome) -> str:
    """Return what became of several proofs as an address carries it."""
    failed = [[each.use, each.code, each.params, each.earlier] for each in outcome.failed]
    content = json.dumps([list(outcome.issued), failed, outcome.step])
    return _keep(visit, content.encode(), _OUTCOME)


def open_outcome(visit: Visit, text: str) -> Outcome | None:
    """Return what became of several proofs; None if the address was made up, or is over."""
    packed = _open(visit, text, _OUTCOME)
    if packed is None:
        return None
    issued, failed, step = json.loads(packed)
    return Outcome(issued=issued, failed=[_failed(each) for each in failed], step=step)


def _failed(parts: list[Any]) -> Failed:
    use, code, params, earlier = parts
    return Failed(use=use, code=code, params=params, earlier=earlier)


def _digest(step: str) -> str:
    return hashlib.sha256(step.encode()).hexdigest()


def _keep(visit: Visit, content: bytes, purpose: str) -> str:
    keeper, person = keeper_of(visit), visit.actor.id
    return keeper.keep(
        content, person=person, purpose=purpose, now=visit.now, lifetime=STAMP_LIFETIME
    )


def _open(visit: Visit, text: str, purpose: str) -> bytes | None:
    return keeper_of(visit).open(text, person=visit.actor.id, purpose=purpose, now=visit.now)
