"""Events of issuing: issued, voided, refused, previewed."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code, Digest, DigestOrNone, Label


@dataclass(frozen=True, kw_only=True)
class CertificateIssued(Event):
    """签发; the subject is the copy."""

    kind: ClassVar[str] = "certificate.issued"

    identifier: Code
    route: Code
    matter: Code
    unit: Code
    sha256: Digest
    """Of the sealed file."""


@dataclass(frozen=True, kw_only=True)
class CertificateVoided(Event):
    """作废; the subject is the copy."""

    kind: ClassVar[str] = "certificate.voided"

    failure: Code
    step: int


@dataclass(frozen=True, kw_only=True)
class CertificateRefused(Event):
    """不予签发; the subject is the matter, or a dash."""

    kind: ClassVar[str] = "certificate.refused"

    refusal: Code
    type: Code


@dataclass(frozen=True, kw_only=True)
class CertificatePreviewed(Event):
    """预览; the subject is the matter."""

    kind: ClassVar[str] = "certificate.previewed"

    type: Code
    route: Code
    source: Label
    query_sha256: DigestOrNone
    holder_hmac: Digest


@dataclass(frozen=True, kw_only=True)
class PreviewRefused(Event):
    """不予预览; the subject is the matter, or a dash."""

    kind: ClassVar[str] = "certificate.preview-refused"

    refusal: Code
    type: Code
    holder_hmac: Digest
