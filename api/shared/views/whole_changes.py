"""All that a change of a seal would put into effect, as labels and values for the approver.

- Pages and the command line say the same, from the same lines; nothing is left out by either.
- An address is shown whole and again part by part, so that no part of it can be overlooked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from api.shared.views.seal_labels import SCOPE_ENTRIES, SealLabels
from certsvc.foundation.clock import in_china, rfc3339
from certsvc.sealing.changes.shown_changes import ShownChange
from certsvc.sealing.register.records import SealKeyTrial
from keys.address_parts import address_parts

_IMAGE_WORDS = ("rim_text", "bottom_text", "second_line", "rim_number", "has_star", "diameter_mm")


@dataclass(frozen=True, kw_only=True)
class WholeLine:
    """One thing that would take effect."""

    label: str
    """Label of the entry."""
    text: str
    """Value that would take effect."""
    is_technical: bool = False
    """Whether it is an address, a number or a digest, to be compared character by character."""


@dataclass(frozen=True, kw_only=True)
class WholePart:
    """Lines that belong together."""

    name: str
    """`seal`, `key`, `certificates`, `image` or `scope`."""
    title: str
    """Heading."""
    lines: tuple[WholeLine, ...]
    """In the order in which they are read."""


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """What came of trying the key."""

    text: str
    """Sentence: passed, failed and why, or not made yet."""
    is_good: bool
    """Whether the key signed under the offered certificate."""


def whole_parts(whole: ShownChange, labels: SealLabels) -> tuple[WholePart, ...]:
    """Return everything that would take effect."""
    sources = {
        "seal": _seal_lines,
        "key": _key_lines,
        "certificates": _certificate_lines,
        "image": _image_lines,
        "scope": _scope_lines,
    }
    return tuple(
        WholePart(name=name, title=labels.say(f"whole.{name}"), lines=tuple(lines(whole, labels)))
        for name, lines in sources.items()
    )


def trial_result(whole: ShownChange, labels: SealLabels) -> TrialResult | None:
    """Return what came of trying the key; None if the change needs no trial."""
    if not whole.needs_trial:
        return None
    trial = whole.trial
    if trial is None:
        return TrialResult(text=labels.say("whole.trial.none"), is_good=False)
    params = {"at": rfc3339(trial.at), "who": _account(trial)}
    if not trial.error:
        return TrialResult(text=labels.say("whole.trial.good", params), is_good=True)
    why = labels.say(trial.error, {"name": whole.seal.name})
    return TrialResult(text=labels.say("whole.trial.failed", params | {"why": why}), is_good=False)


def _seal_lines(whole: ShownChange, labels: SealLabels) -> Iterator[WholeLine]:
    seal = whole.seal
    yield _line(labels, "name", f"{seal.name}")
    yield _line(labels, "number", seal.id, is_technical=True)
    yield _line(labels, "owner", labels.unit(seal.owner_unit_code))
    yield _line(labels, "route", labels.say(f"word.route.{seal.route}"))
    yield _line(labels, "state-before", labels.say(f"word.state.{whole.state_before}"))
    yield _line(labels, "state-after", labels.say(f"word.state.{whole.state_after}"))


def _key_lines(whole: ShownChange, labels: SealLabels) -> Iterator[WholeLine]:
    uri = whole.version.key_uri
    yield _line(labels, "key-name", whole.key_name or labels.say("whole.key.not-offered"))
    yield _line(labels, "address", uri, is_technical=True)
    for name, value in address_parts(uri):
        label = labels.say(f"whole.address.{name}")
        label = name if label.startswith("whole.") else label
        yield WholeLine(label=label, text=value or "-", is_technical=True)


def _certificate_lines(whole: ShownChange, labels: SealLabels) -> Iterator[WholeLine]:
    for place, certificate in enumerate(whole.certificates):
        title = "whole.certificate.seal" if place == 0 else "whole.certificate.issuer"
        yield WholeLine(label=labels.say(title), text=certificate.subject.rfc4514_string())
        yield _line(labels, "issued-by", certificate.issuer.rfc4514_string())
        yield _line(labels, "serial", f"{certificate.serial_number:x}", is_technical=True)
        yield _line(labels, "valid", _validity(certificate))
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        yield _line(labels, "fingerprint", fingerprint, is_technical=True)


def _image_lines(whole: ShownChange, labels: SealLabels) -> Iterator[WholeLine]:
    for name in _IMAGE_WORDS:
        text = labels.entry(name, getattr(whole.version, name))
        yield WholeLine(label=labels.say(f"word.entry.{name}"), text=text)
    source = "file" if whole.version.uploaded_image is not None else "words"
    yield _line(labels, "image-source", labels.say(f"whole.image-source.{source}"))
    digest = whole.image_sha256
    yield _line(
        labels, "image-digest", digest or labels.say("whole.image-missing"), is_technical=True
    )


def _scope_lines(whole: ShownChange, labels: SealLabels) -> Iterator[WholeLine]:
    scope = vars(whole.scope)
    for name in SCOPE_ENTRIES:
        yield WholeLine(
            label=labels.say(f"word.entry.{name}"), text=labels.entry(name, scope[name])
        )


def _line(labels: SealLabels, name: str, text: str, *, is_technical: bool = False) -> WholeLine:
    return WholeLine(label=labels.say(f"whole.line.{name}"), text=text, is_technical=is_technical)


def _validity(certificate: x509.Certificate) -> str:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return f"{_moment(first)} \N{EN DASH} {_moment(last)}"


def _moment(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M:%S}"


def _account(trial: SealKeyTrial) -> str:
    return trial.actor.removeprefix("staff:")
