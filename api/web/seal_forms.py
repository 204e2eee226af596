"""What a form about a new seal, or about another image or certificate, brings.

- The form holds files, so it is multipart; everything in it is kept until the proposal is made.
- A browser does not choose a file again by itself: an uploaded image comes back with the page, in
  a hidden field, and an uploaded certificate as text in its field. Both are checked each time.
- A problem names the field it belongs to, so that it can be shown beside it.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from api.errors import BodyMalformedError, InputInvalidError, MediaTypeUnsupportedError
from api.sentences import KnownError
from api.web.origin import OwnOrigin
from certsvc.foundation.approvals.rules import ReasonMissingError
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.custody.errors import CertificateOfOtherKeyError
from certsvc.sealing.custody.offers import OfferedKeys
from certsvc.sealing.register.errors import (
    SealApplicationInvalidError,
    SealCertificateUnusableError,
    SealRegisteredError,
)
from signing.errors import SealImageError, UploadedImageError

WORDS = ("rim_text", "bottom_text", "second_line", "rim_number")
SAME_KEY = "same"
KEPT_KEY = "kept:"
_MOST_FIELDS = 2000
"""Every type and every unit of a county may be ticked."""
_LARGEST_FIELD = 6 << 20
"""The largest image, written in base64."""
_FILES = 2
_FIELD_OF: dict[type[Exception], str] = {
    CertificateOfOtherKeyError: "certificates",
    KeyNotOfferedError: "key",
    ReasonMissingError: "reason",
    SealCertificateUnusableError: "certificates",
    SealImageError: "rim_text",
    SealRegisteredError: "id",
    UploadedImageError: "image_file",
}
_RENAMED = {"certificate_chain_pem": "certificates", "key_uri": "key"}


class ScopeChoices(TypedDict):
    """What is ticked of a scope."""

    type_codes: frozenset[str]
    unit_codes: frozenset[str]


NOTHING_TICKED = ScopeChoices(type_codes=frozenset(), unit_codes=frozenset())


class SigningEntries(TypedDict, total=False):
    """A key and its certificates; neither where both stay."""

    key_uri: str
    certificate_chain_pem: str


@dataclass(frozen=True, kw_only=True)
class SealForm:
    """A form as it was sent."""

    fields: Mapping[str, str]
    """Texts, by field."""
    choices: ScopeChoices
    """Ticked certificate types and units."""
    image: bytes | None = field(default=None, repr=False)
    """An image that was uploaded now or before."""
    is_kept: bool = False
    """Whether it was sent before a log-in that ran out, and is only shown again."""

    @property
    def wants_file(self) -> bool:
        """Whether an uploaded image is to be used instead of words."""
        return self.fields.get("image") == "file"

    @property
    def kept_image(self) -> str:
        """The image as the hidden field holds it."""
        return base64.b64encode(self.image).decode() if self.image else ""

    def image_entries(self, current: bytes | None = None) -> dict[str, Any]:
        """Return the entries of an image, from words or from a file.

        Args:
            current: The image that stays if a file is wanted and none was uploaded.

        Raises:
            InputInvalidError: a file is wanted, and there is none.
            SealApplicationInvalidError: the diameter is no number.
        """
        image = (self.image or current) if self.wants_file else None
        if self.wants_file and image is None:
            raise InputInvalidError(field="image_file")
        words = {name: self.fields.get(name, "").strip() for name in WORDS}
        return words | {
            "has_star": self.fields.get("has_star") == "1",
            "diameter_mm": _diameter(self.fields.get("diameter_mm", "")),
            "uploaded_image": image,
        }

    def signing_entries(
        self, session: Session, actor: Actor, offers: OfferedKeys
    ) -> SigningEntries:
        """Return the address of the chosen key and its certificates.

        Raises:
            InputInvalidError: nothing was chosen.
            KeyNotOfferedError: something else was, such as an address that was typed.
            CertificateOfOtherKeyError: the certificate is not the chosen key's.
        """
        choice, chain = self.fields.get("key", ""), self.fields.get("certificates", "").strip()
        if not choice:
            raise InputInvalidError(field="key")
        if not choice.startswith(KEPT_KEY) or self.fields.get("key_uri"):
            raise KeyNotOfferedError
        offered = offers.get(session, choice.removeprefix(KEPT_KEY), actor=actor)
        offered.require_own(chain or offered.chain_pem)
        return {"key_uri": offered.uri, "certificate_chain_pem": chain or offered.chain_pem}


async def seal_form(request: Request, _: OwnOrigin) -> SealForm:
    """Read the form.

    Raises:
        ForeignOriginError: the form is not from our own pages.
        MediaTypeUnsupportedError: the body is no form with files.
        BodyMalformedError: the form cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise MediaTypeUnsupportedError
    try:
        async with request.form(
            max_files=_FILES, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_FIELD
        ) as form:
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            certificates = await _content(form, "certificate_file")
            if certificates:
                texts["certificates"] = _as_pem(certificates)
            return SealForm(
                fields={name: value.replace("\r\n", "\n") for name, value in texts.items()},
                choices=ScopeChoices(
                    type_codes=_ticked(form, "type_codes"), unit_codes=_ticked(form, "unit_codes")
                ),
                image=await _content(form, "image_file") or _kept(texts),
            )
    except (LookupError, ValueError) as error:
        raise BodyMalformedError from error


SentSealForm = Annotated[SealForm, Depends(seal_form)]


def _ticked(form: FormData, name: str) -> frozenset[str]:
    return frozenset(map(str, form.getlist(name)))


def field_of(error: KnownError) -> str | None:
    """Return the field that a problem belongs to; None if it is about the whole."""
    entry = str(error.params.get("entry") or error.params.get("field") or "")
    if not entry and isinstance(error, SealImageError) and error.params.get("reason") == "size":
        entry = "diameter_mm"
    return _RENAMED.get(entry, entry) or _FIELD_OF.get(type(error))


def _diameter(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SealApplicationInvalidError(entry="diameter_mm") from error


async def _content(form: FormData, name: str) -> bytes:
    file = form.get(name)
    return await file.read() if isinstance(file, UploadFile) else b""


def _kept(texts: Mapping[str, str]) -> bytes | None:
    try:
        return base64.b64decode(texts.get("image_kept", ""), validate=True) or None
    except binascii.Error:
        return None


def _as_pem(content: bytes) -> str:
    """Return certificates as PEM; authorities also send a single one in DER."""
    try:
        return x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM).decode()
    except ValueError:
        return content.decode(errors="replace")
