"""The whole of what a change of a seal would make take effect, in words, for whoever decides.

- Pages and the command line say the same, from the same lines; nothing is left out by either.
- An address is shown whole and again part by part, so that no part of it can be overlooked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from api.shared.views.seal_words import SCOPE_ENTRIES, SealWords
from certsvc.foundation.clock import in_china, rfc3339
from certsvc.sealing.changes.shown_changes import ShownChange
from certsvc.sealing.register.records import SealKeyTrial
from keys.address_parts import address_parts

_IMAGE_WORDS = ("rim_text", "bottom_text", "second_line", "rim_number", "has_star", "diameter_mm")


@dataclass(frozen=True, kw_only=True)
class WholeLine:
    """One thing that would take effect."""

    label: str
    """What it is, in words."""
    text: str
    """What it would be, in words."""
    is_technical: bool = False
    """Whether it is an address, a number or a digest, to be compared character by character."""


@dataclass(frozen=True, kw_only=True)
class WholePart:
    """Lines that belong together."""

    name: str
    """`seal`, `key`, `certificates`, `image` or `scope`."""
    title: str
    """Its heading, in words."""
    lines: tuple[WholeLine, ...]
    """In the order in which they are read."""


@dataclass(frozen=True, kw_only=True)
class TrialWords:
    """What came of trying the key."""

    text: str
    """In words: good, failed and why, or not made yet."""
    is_good: bool
    """Whether the key signed under the offered certificate."""


def whole_parts(whole: ShownChange, words: SealWords) -> tuple[WholePart, ...]:
    """Return everything that would take effect."""
    sources = {
        "seal": _seal_lines,
        "key": _key_lines,
        "certificates": _certificate_lines,
        "image": _image_lines,
        "scope": _scope_lines,
    }
    return tuple(
        WholePart(name=name, title=words.say(f"whole.{name}"), lines=tuple(lines(whole, words)))
        for name, lines in sources.items()
    )


def trial_words(whole: ShownChange, words: SealWords) -> TrialWords | None:
    """Return what came of trying the key; None if the change needs no trial."""
    if not whole.needs_trial:
        return None
    trial = whole.trial
    if trial is None:
        return TrialWords(text=words.say("whole.trial.none"), is_good=False)
    params = {"at": rfc3339(trial.at), "who": _account(trial)}
    if not trial.error:
        return TrialWords(text=words.say("whole.trial.good", params), is_good=True)
    why = words.say(trial.error, {"name": whole.seal.name})
    return TrialWords(text=words.say("whole.trial.failed", params | {"why": why}), is_good=False)


def _seal_lines(whole: ShownChange, words: SealWords) -> Iterator[WholeLine]:
    seal = whole.seal
    yield _line(words, "name", f"{seal.name}")
    yield _line(words, "number", seal.id, is_technical=True)
    yield _line(words, "owner", words.unit(seal.owner_unit_code))
    yield _line(words, "route", words.say(f"word.route.{seal.route}"))
    yield _line(words, "state-before", words.say(f"word.state.{whole.state_before}"))
    yield _line(words, "state-after", words.say(f"word.state.{whole.state_after}"))


def _key_lines(whole: ShownChange, words: SealWords) -> Iterator[WholeLine]:
    uri = whole.version.key_uri
    yield _line(words, "key-name", whole.key_name or words.say("whole.key.not-offered"))
    yield _line(words, "address", uri, is_technical=True)
    for name, value in address_parts(uri):
        label = words.say(f"whole.address.{name}")
        label = name if label.startswith("whole.") else label
        yield WholeLine(label=label, text=value or "-", is_technical=True)


def _certificate_lines(whole: ShownChange, words: SealWords) -> Iterator[WholeLine]:
    for place, certificate in enumerate(whole.certificates):
        title = "whole.certificate.seal" if place == 0 else "whole.certificate.issuer"
        yield WholeLine(label=words.say(title), text=certificate.subject.rfc4514_string())
        yield _line(words, "issued-by", certificate.issuer.rfc4514_string())
        yield _line(words, "serial", f"{certificate.serial_number:x}", is_technical=True)
        yield _line(words, "valid", _validity(certificate))
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        yield _line(words, "fingerprint", fingerprint, is_technical=True)


def _image_lines(whole: ShownChange, words: SealWords) -> Iterator[WholeLine]:
    for name in _IMAGE_WORDS:
        text = words.entry(name, getattr(whole.version, name))
        yield WholeLine(label=words.say(f"word.entry.{name}"), text=text)
    source = "file" if whole.version.uploaded_image is not None else "words"
    yield _line(words, "image-source", words.say(f"whole.image-source.{source}"))
    digest = whole.image_sha256
    yield _line(
        words, "image-digest", digest or words.say("whole.image-missing"), is_technical=True
    )


def _scope_lines(whole: ShownChange, words: SealWords) -> Iterator[WholeLine]:
    scope = vars(whole.scope)
    for name in SCOPE_ENTRIES:
        yield WholeLine(label=words.say(f"word.entry.{name}"), text=words.entry(name, scope[name]))


def _line(words: SealWords, name: str, text: str, *, is_technical: bool = False) -> WholeLine:
    return WholeLine(label=words.say(f"whole.line.{name}"), text=text, is_technical=is_technical)


def _validity(certificate: x509.Certificate) -> str:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return f"{_moment(first)} \N{EN DASH} {_moment(last)}"


def _moment(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M:%S}"


def _account(trial: SealKeyTrial) -> str:
    return trial.actor.removeprefix("staff:")
