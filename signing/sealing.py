"""Seal a document: one certification signature, PAdES B-T, in one revision.

* ETSI EN 319 142-1: /SubFilter ETSI.CAdES.detached, signature timestamp; without an authority
  the level is B-B, and only because the caller said so.
* The file is written once; nothing comes after the sealed revision.
* DocMDP /P 1: no change is permitted afterwards.
* PDF/A-3a and PDF/UA-1 hold afterwards if they held before.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pikepdf import Array, Dictionary

from keys.signing_key import SigningKey
from signing.appearance import make_widget
from signing.cms_writer import CmsWriter
from signing.errors import (
    CertificateMismatchError,
    CertificateNotValidError,
    CertificateUsageError,
    InputNotPdfError,
)
from signing.pdf_input import open_for_sealing
from signing.seal_images import SealImage
from signing.signature_hole import SealStatement, SignatureHole, make_signature
from signing.tagging import tag_widget
from signing.timestamps import TimestampAuthority

_SIGNATURES_EXIST, _APPEND_ONLY = 1, 2  # /SigFlags, ISO 32000-1 table 219


@dataclass(frozen=True, kw_only=True)
class SealSpec:
    """What the seal on a document looks like and says."""

    page_index: int
    """Zero-based page the seal is on."""

    center_x_mm: float
    """Centre of the seal, from the left edge of the page."""

    center_y_mm: float
    """Centre of the seal, from the top edge of the page."""

    image: SealImage
    """The seal image (印章图像), in true millimetres."""

    signer_name: str
    """Owner of the seal, as readers show it."""

    reason: str
    """What the document is sealed for, as readers show it."""

    alt_text: str
    """What a screen reader says of the seal."""

    location: str = ""
    """Where it was sealed; left out if empty."""

    field_name: str = "Seal"
    """Name of the signature field."""


def seal_document(
    document: bytes,
    spec: SealSpec,
    *,
    key: SigningKey,
    chain: Sequence[x509.Certificate],
    timestamp_authority: TimestampAuthority | None,
    signed_at: datetime,
) -> bytes:
    """Seal a document (签章).

    1. the signing certificate belongs to the key, is valid now and may sign;
    2. the document may be sealed (:func:`signing.pdf_input.open_for_sealing`);
    3. signature, field, appearance and tags are laid in, the file written once;
    4. the digest of the whole file but the hole is signed;
    5. the signature value is timestamped;
    6. the CMS is put into the hole.

    The caller must still hold an authorisation for this digest before calling, and validate
    the result before anyone sees it.

    Args:
        document: The PDF to seal.
        spec: Looks and words.
        key: The seal's signing key.
        chain: The signing certificate, then its issuers below the root.
        timestamp_authority: Who timestamps; ``None`` makes a B-B seal.
        signed_at: Now, aware.

    Raises:
        SealInputError: The document may not be sealed.
        SealPlacementError: The seal does not fit on the page.
        CertificateMismatchError: The certificate is another key's.
        CertificateNotValidError: It is not valid at ``signed_at``.
        CertificateUsageError: It may not sign.
        TimestampError: No timestamp could be had.
        SigningKeyError: The key cannot sign now.
    """
    _check_signing_certificate(key, chain, signed_at)
    writer = CmsWriter(key.algorithm, chain)
    limit = None if timestamp_authority is None else timestamp_authority.token_size_limit
    cms_size = writer.size_limit(token_size_limit=limit)
    statement = SealStatement(
        signer_name=spec.signer_name,
        reason=spec.reason,
        location=spec.location,
        signed_at=signed_at,
    )
    laid_out = _lay_out(document, spec, make_signature(statement, cms_size=cms_size))
    hole = SignatureHole(laid_out, cms_size=cms_size)
    attributes = writer.signed_attributes(hole.digest(writer.digest_name))
    signature = key.sign(attributes)
    token = None
    if timestamp_authority is not None:
        token = timestamp_authority.timestamp(hashlib.sha256(signature).digest())
    return hole.fill(writer.assemble(attributes, signature, token=token))


def _check_signing_certificate(
    key: SigningKey, chain: Sequence[x509.Certificate], signed_at: datetime
) -> None:
    if not chain or _spki(chain[0].public_key()) != _spki(key.public_key):
        raise CertificateMismatchError
    certificate = chain[0]
    if not certificate.not_valid_before_utc <= signed_at <= certificate.not_valid_after_utc:
        raise CertificateNotValidError(at=signed_at.isoformat())
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise CertificateUsageError from error
    if not (usage.digital_signature or usage.content_commitment):
        raise CertificateUsageError


def _spki(public_key: object) -> bytes:
    encode = getattr(public_key, "public_bytes", None)
    if encode is None:
        raise CertificateMismatchError
    encoded: bytes = encode(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _lay_out(document: bytes, spec: SealSpec, signature: Dictionary) -> bytes:
    with open_for_sealing(document) as pdf:
        try:
            _add_field(pdf, spec, signature)
            out = BytesIO()
            pdf.save(
                out,
                compress_streams=True,
                deterministic_id=True,
                fix_metadata_version=False,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputNotPdfError from error
        return out.getvalue()


def _add_field(pdf: pikepdf.Pdf, spec: SealSpec, signature: Dictionary) -> None:
    widget = make_widget(
        pdf,
        page_index=spec.page_index,
        centre_mm=(spec.center_x_mm, spec.center_y_mm),
        image=spec.image,
        field_name=spec.field_name,
        alt_text=spec.alt_text,
    )
    tag_widget(pdf, widget, pdf.pages[spec.page_index].obj, alt_text=spec.alt_text)
    value = pdf.make_indirect(signature)
    widget.V = value
    if "/AcroForm" not in pdf.Root:
        pdf.Root.AcroForm = Dictionary(Fields=Array())
    form = pdf.Root.AcroForm
    form.Fields.append(widget)
    form.SigFlags = _SIGNATURES_EXIST | _APPEND_ONLY
    pdf.Root.Perms = Dictionary(DocMDP=value)
