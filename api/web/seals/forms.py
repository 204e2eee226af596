"""The parts that forms about seals are made of: seal, image, key, scope, reason.

- A form is put together of parts, in the order of its bases read from the last to the first.
- A browser does not choose a file again by itself: an uploaded image comes back with the page, and
  an uploaded certificate as text in its field. Both are checked each time.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, TypedDict

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session
from typing_extensions import override

from api.shared.errors import InputInvalidError
from api.shared.sentences import KnownError
from api.web.forms.fields import choice, file, line, radio, text, tick, ticks
from api.web.forms.form import Form
from api.web.forms.raw import RawForm, Upload
from api.web.visits import Visit
from certsvc.catalogue.routes import Route
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH, ReasonMissingError, clean_reason
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.custody.errors import CertificateOfOtherKeyError
from certsvc.sealing.register.applications import check_entry, check_number
from certsvc.sealing.register.errors import (
    SealCertificateUnusableError,
    SealRegisteredError,
)
from certsvc.sealing.register.scope_rules import SealScope, check_scope
from signing.errors import SealImageError, UploadedImageError
from signing.images.seal_images import DIAMETERS_MM

WORDS = ("rim_text", "bottom_text", "second_line", "rim_number")
SAME_KEY = "same"
KEPT_KEY = "kept:"
_COUNT_LONGEST = 10


class SigningEntries(TypedDict, total=False):
    """A key and its certificates; neither where both stay."""

    key_uri: str
    certificate_chain_pem: str


class SealFormBase(Form):
    """Base of these forms: which field an error of the register is shown beside."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = {
        CertificateOfOtherKeyError: "certificates",
        KeyNotOfferedError: "key",
        ReasonMissingError: "reason",
        SealCertificateUnusableError: "certificates",
        SealImageError: "rim_text",
        SealRegisteredError: "id",
        UploadedImageError: "image_file",
    }
    RENAMED: ClassVar[Mapping[str, str]] = {
        "certificate_chain_pem": "certificates",
        "key_uri": "key",
    }

    @override
    @classmethod
    def field_of(cls, error: KnownError) -> str | None:
        """Return the field that an error is about; a wrong size is that of the diameter."""
        is_size = isinstance(error, SealImageError) and error.params.get("reason") == "size"
        return "diameter_mm" if is_size else super().field_of(error)


def _word(name: str, longest: int, **look: Any) -> Any:  # noqa: ANN401  an entry
    return line(f"word.entry.{name}", longest=longest, check=partial(check_entry, name), **look)


def _check_of_scope(name: str) -> Any:  # noqa: ANN401  a check
    return lambda value: check_scope(SealScope(**{name: value}))


def _count(name: str) -> Any:  # noqa: ANN401  an entry
    return line(
        f"word.entry.{name}",
        hint="page.scope.count.hint",
        longest=_COUNT_LONGEST,
        mode="numeric",
        check=_check_of_scope(name),
    )


class SealPart(SealFormBase):
    """Which seal it is."""

    id: Annotated[
        str,
        line("page.seals.number", hint="page.seal-form.id.hint", longest=40, check=check_number),
    ]
    name: Annotated[str, _word("name", 100, hint="page.seal-form.name.hint")]
    route: Annotated[
        Route, choice("field.route", hint="page.seal-form.route.hint", word="word.route")
    ]


class ImagePart(SealFormBase):
    """What it looks like."""

    rim_text: Annotated[str, _word("rim_text", 60, hint="page.seal-form.rim.hint", asked=True)] = ""
    bottom_text: Annotated[str, _word("bottom_text", 30)] = ""
    second_line: Annotated[str, _word("second_line", 30)] = ""
    rim_number: Annotated[str, _word("rim_number", 20)] = ""
    has_star: Annotated[bool, tick("page.seal-form.star")] = False
    diameter_mm: Annotated[
        float,
        line(
            "page.seal-form.diameter",
            hint="page.seal-form.diameter.hint",
            hint_params={"smallest": f"{DIAMETERS_MM[0]:g}", "largest": f"{DIAMETERS_MM[1]:g}"},
            longest=6,
            mode="decimal",
        ),
    ]
    image: Annotated[Literal["words", "file"], radio("page.seal-form.source")] = "words"
    image_file: Annotated[
        Upload | None,
        file(
            "page.seal-form.file",
            hint="page.seal-form.file.hint",
            accept="image/svg+xml,image/png,.svg,.png",
        ),
    ] = None

    @property
    def wants_file(self) -> bool:
        """Whether an uploaded image is to be used instead of words."""
        return self.image == "file"

    def words(self) -> dict[str, str]:
        """Return the words of the image."""
        return {name: getattr(self, name) for name in WORDS}

    def image_entries(self, current: bytes | None = None) -> dict[str, Any]:
        """Return the entries of an image, from words or from a file.

        Args:
            current: The image that stays if a file is wanted and none was uploaded.

        Raises:
            InputInvalidError: a file is wanted, and there is none.
        """
        uploaded = self.image_file.content if self.image_file else current
        if self.wants_file and uploaded is None:
            raise InputInvalidError(field="image_file")
        return self.words() | {
            "has_star": self.has_star,
            "diameter_mm": self.diameter_mm,
            "uploaded_image": uploaded if self.wants_file else None,
        }


class SigningPart(SealFormBase):
    """Which key it signs with."""

    key: Annotated[str, choice("page.seal-form.key", hint="page.seal-form.key.hint")]
    key_uri: Annotated[str, line("page.seal-form.key", longest=100_000)] = ""
    """No field of the page: whoever types an address instead of choosing is told so."""
    certificate_file: Annotated[
        Upload | None,
        file("page.seal-form.certificate-file", accept=".pem,.crt,.cer"),
    ] = None
    certificates: Annotated[
        str,
        text(
            "page.seal-form.certificates",
            hint="page.seal-form.certificates.hint",
            longest=200_000,
            rows=4,
            mono=True,
        ),
    ] = ""

    @override
    @classmethod
    def tidy(cls, raw: RawForm) -> RawForm:
        """Write an uploaded certificate into its field."""
        upload = raw.files.get("certificate_file")
        if upload is None:
            return raw
        files = {name: kept for name, kept in raw.files.items() if name != "certificate_file"}
        texts = {**raw.texts, "certificates": (_as_pem(upload.content),)}
        return replace(raw, texts=texts, files=files)

    def signing_entries(self, visit: Visit, session: Session) -> SigningEntries:
        """Return the address of the chosen key and its certificates.

        Raises:
            KeyNotOfferedError: something else was chosen, such as an address that was typed.
            CertificateOfOtherKeyError: the certificate is not the chosen key's.
        """
        if not self.key.startswith(KEPT_KEY) or self.key_uri:
            raise KeyNotOfferedError
        offers = visit.services.offered_keys
        offered = offers.get(session, self.key.removeprefix(KEPT_KEY), actor=visit.actor)
        chain = self.certificates or offered.chain_pem
        offered.require_own(chain)
        return {"key_uri": offered.uri, "certificate_chain_pem": chain}


class ChoicePart(SealFormBase):
    """Which types and units it may be used for."""

    type_codes: Annotated[
        frozenset[str], ticks("page.seal-form.type_codes", hint="page.seal-form.any.hint")
    ] = frozenset()
    unit_codes: Annotated[
        frozenset[str], ticks("page.seal-form.unit_codes", hint="page.seal-form.any.hint")
    ] = frozenset()


class ScopePart(SealFormBase):
    """When and how often it may be used."""

    service_hours: Annotated[
        str,
        line(
            "word.entry.service_hours",
            hint="page.scope.hours.hint",
            longest=200,
            check=_check_of_scope("service_hours"),
        ),
    ] = ""
    daily_limit: Annotated[int | None, _count("daily_limit")] = None
    total_limit: Annotated[int | None, _count("total_limit")] = None
    stop_before_days: Annotated[
        int,
        line(
            "word.entry.stop_before_days",
            hint="page.scope.days.hint",
            longest=3,
            mode="numeric",
            check=_check_of_scope("stop_before_days"),
        ),
    ]

    def typed(self) -> dict[str, Any]:
        """Return what was typed of the scope."""
        return {name: getattr(self, name) for name in TYPED_ENTRIES}


TYPED_ENTRIES = ("service_hours", "daily_limit", "total_limit", "stop_before_days")


class ReasonPart(SealFormBase):
    """Why it is proposed."""

    reason: Annotated[
        str,
        text(
            "page.proposal.reason",
            hint="page.proposal.reason.hint",
            longest=REASON_MAX_LENGTH,
            check=clean_reason,
        ),
    ]


def typed_scope(scope: SealScope) -> dict[str, object]:
    """Return the typed entries of a scope as a form begins with them."""
    return {name: getattr(scope, name) for name in TYPED_ENTRIES}


def _as_pem(content: bytes) -> str:
    """Return certificates as PEM; authorities also send a single one in DER."""
    try:
        return x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM).decode()
    except ValueError:
        return content.decode(errors="replace")
