"""Parse the CMS of a seal or of a timestamp token, strictly.

* DER throughout: minimal definite lengths, so a value has one spelling (X.690 10.1).
* One SignerInfo, named by issuer and serial number; its certificate is carried along.
* Signed attributes are there; unsigned ones are at most one signature timestamp.
* Whatever a signature does not protect is compared with what it must be, so it cannot be
  altered unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asn1crypto import cms, x509
from cryptography.x509 import Certificate, load_der_x509_certificate

from signing.checklist import StepFailedError, format_failure, parsing
from signing.cms.certificate_types import to_x509
from signing.cms.der_reading import NotDerError, check_der, contents_inside, tags_inside
from signing.parser_errors import UnreadableError, ask_parser
from signing.report import Param, SubIndication

# Tags of the elements of RFC 5652's structures, in order; nothing may follow them.
_CONTENT_INFO = b"\x06\xa0"
_SIGNED_DATA = b"\x02\x31\x30\xa0\x31"  # no revocation lists: they belong in the DSS
_CERTIFICATES_LIMIT, _CERTIFICATE_SIZE_LIMIT = 20, 32 << 10  # each costs time
_SIGNER_INFO = (b"\x02\x30\x30\xa0\x30\x04", b"\x02\x30\x30\xa0\x30\x04\xa1")


@dataclass(frozen=True, kw_only=True)
class ParsedCms:
    """One signature container."""

    signed_data: cms.SignedData
    signer: cms.SignerInfo
    signature_algorithm: str
    digest_name: str
    """Digest of the content, as :mod:`hashlib` spells it."""
    certificate: x509.Certificate
    """The signer's."""
    certificates: tuple[x509.Certificate, ...]
    """All that are carried."""
    token: bytes | None
    """The signature timestamp, if there is one."""
    strict: bool = True
    """Whether it is of the one form that this module accepts."""
    notes: Mapping[str, Param] = field(default_factory=dict)
    """Evidence: in what it differs from that form."""

    @property
    def has_attributes(self) -> bool:
        """Whether it signs attributes, not the content itself (RFC 5652 5.4)."""
        return bool(self.signer["signed_attrs"])

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """All that are carried, the signer's first."""
        others = [other for other in self.certificates if other != self.certificate]
        return tuple(map(to_x509, (self.certificate, *others)))

    @property
    def signature(self) -> bytes:
        """The signature value."""
        return bytes(self.signer["signature"].native)


def parse_cms(encoded: bytes, *, content_type: str) -> ParsedCms:
    """Parse a container whose content is of the given type.

    Raises:
        StepFailedError: It is not of this strict form.
    """
    try:
        end = check_der(encoded)
    except NotDerError as error:
        raise format_failure("not-der") from error
    if end != len(encoded):
        raise format_failure("trailing-bytes")
    info, signed_data = open_signed_data(encoded)
    if signed_data["encap_content_info"]["content_type"].native != content_type:
        raise format_failure("content-type")
    if len(signed_data["signer_infos"]) != 1:
        raise format_failure("signer-count", count=len(signed_data["signer_infos"]))
    signer = signed_data["signer_infos"][0]
    try:
        _check_shape(info, signed_data, signer)
    except NotDerError as error:  # an element that has parts, in the place of one that has none
        raise format_failure("extra-parts") from error
    _check_unprotected(signed_data, signer, content_type)
    certificates = _certificates(signed_data)
    return ParsedCms(
        signed_data=signed_data,
        signer=signer,
        signature_algorithm=str(signer["signature_algorithm"]["algorithm"].native),
        digest_name=str(signer["digest_algorithm"]["algorithm"].native),
        certificate=_signing_certificate(signer, certificates),
        certificates=certificates,
        token=_token(signer),
    )


def open_signed_data(encoded: bytes) -> tuple[cms.ContentInfo, cms.SignedData]:
    """Open a container; what is asked of it later can be read, or it is said here that it cannot.

    Raises:
        StepFailedError: It is not what RFC 5652 5 says.
    """
    with parsing("unreadable", SubIndication.FORMAT_FAILURE):
        info = cms.ContentInfo.load(encoded, strict=True)
        kind = info["content_type"].native
    if kind != "signed_data":
        raise format_failure("not-signed-data")  # ISO 32000-2 12.8.3.3.1
    with parsing("unreadable", SubIndication.FORMAT_FAILURE):
        signed_data = info["content"]
        if not isinstance(signed_data, cms.SignedData):  # there is none
            raise UnreadableError
        content = signed_data["encap_content_info"]
        _ = content["content_type"].native, bool(content["content"]), signed_data["version"].native
        _ = [item["algorithm"].native for item in signed_data["digest_algorithms"]]
        signers = list(signed_data["signer_infos"])
    for signer in signers:
        _read_signer(signer)
    return info, signed_data


def _read_signer(signer: cms.SignerInfo) -> None:
    """Make the library read, and keep, what it would else read when asked.

    Raises:
        StepFailedError: It cannot read it.
    """
    with parsing("unreadable", SubIndication.FORMAT_FAILURE):
        _ = signer["version"].native, signer["sid"].chosen, signer["signature"].native
        _ = signer["digest_algorithm"]["parameters"].native
        for name in ("digest_algorithm", "signature_algorithm"):
            _ = signer[name]["algorithm"].native
        if signer["sid"].name == "issuer_and_serial_number":
            chosen = signer["sid"].chosen
            _ = chosen["serial_number"].native, chosen["issuer"].chosen.dump()
        else:
            _ = signer["sid"].chosen.native
        for attribute in signer["signed_attrs"] or ():
            _ = attribute["type"].native, list(attribute["values"])


def _check_shape(
    info: cms.ContentInfo, signed_data: cms.SignedData, signer: cms.SignerInfo
) -> None:
    # The parser skips elements it does not know; a signature timestamp could hide as one.
    with parsing("unreadable", SubIndication.FORMAT_FAILURE):
        unsigned = [attribute.contents for attribute in signer["unsigned_attrs"] or ()]
    shapes = (
        tags_inside(info.contents) == _CONTENT_INFO,
        tags_inside(signed_data.contents) == _SIGNED_DATA,
        tags_inside(signer.contents) in _SIGNER_INFO,
        tags_inside(signer["sid"].chosen.contents) == b"\x30\x02",
        _holds_one(info),
        not signed_data["encap_content_info"]["content"]
        or _holds_one(signed_data["encap_content_info"]),
        all(tags_inside(attribute) == b"\x06\x31" for attribute in unsigned),
    )
    if not all(shapes):
        raise format_failure("extra-parts")


def _holds_one(typed: cms.ContentInfo | cms.EncapsulatedContentInfo) -> bool:
    """Whether there is one element in the [0] behind the content type, and nothing else."""
    kind, *wrapped = contents_inside(typed.contents)
    return bool(kind) and len(wrapped) == 1 and len(contents_inside(wrapped[0])) == 1


def _check_unprotected(
    signed_data: cms.SignedData, signer: cms.SignerInfo, content_type: str
) -> None:
    # RFC 5652 5.1 and 5.3 fix the versions once signer and content are known.
    expected = "v1" if content_type == "data" else "v3"
    if signed_data["version"].native != expected or signer["version"].native != "v1":
        raise format_failure("version")
    if signer["sid"].name != "issuer_and_serial_number" or not signer["signed_attrs"]:
        raise format_failure("signer-shape")
    digests = signed_data["digest_algorithms"]
    if len(digests) != 1 or digests[0].dump() != signer["digest_algorithm"].dump():
        raise format_failure("digest-algorithms")
    if signer["digest_algorithm"]["parameters"].native is not None:
        raise format_failure("extra-parts")
    detached = not signed_data["encap_content_info"]["content"]
    if detached != (content_type == "data"):
        raise format_failure("content")


def _certificates(signed_data: cms.SignedData) -> tuple[x509.Certificate, ...]:
    with parsing("certificate-kind", SubIndication.FORMAT_FAILURE):
        choices = list(signed_data["certificates"] or ())
        kinds = {choice.name for choice in choices}
        certificates = tuple(choice.chosen for choice in choices)
    if len(choices) > _CERTIFICATES_LIMIT:
        raise format_failure("too-many-certificates", count=len(choices), limit=_CERTIFICATES_LIMIT)
    if kinds - {"certificate"}:
        raise format_failure("certificate-kind")
    for certificate in certificates:
        with parsing("certificate-kind", SubIndication.FORMAT_FAILURE):
            encoded = certificate.dump()
        if len(encoded) > _CERTIFICATE_SIZE_LIMIT:
            raise format_failure("certificate-size", limit=_CERTIFICATE_SIZE_LIMIT >> 10)
        with parsing("certificate-kind", SubIndication.FORMAT_FAILURE):
            # This parser reads lazily; the other one reads everything at once, and strictly.
            ask_parser(load_der_x509_certificate, encoded)
            unused_bits = certificate["signature_value"].contents[:1]
            _ = certificate.serial_number, certificate.issuer.dump()
        # Signature values are whole octets; a count of unused bits would go unnoticed.
        if unused_bits != b"\x00":
            raise format_failure("certificate-kind")
    return certificates


def _signing_certificate(
    signer: cms.SignerInfo, certificates: tuple[x509.Certificate, ...]
) -> x509.Certificate:
    identifier = signer["sid"].chosen
    for certificate in certificates:
        if (
            certificate.serial_number == identifier["serial_number"].native
            and certificate.issuer.dump() == identifier["issuer"].dump()
        ):
            return certificate
    raise StepFailedError("no-certificate", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def _token(signer: cms.SignerInfo) -> bytes | None:
    with parsing("unreadable", SubIndication.FORMAT_FAILURE):
        attributes = list(signer["unsigned_attrs"] or ())
        kinds = [attribute["type"].native for attribute in attributes]
        values = [[value.dump() for value in attribute["values"]] for attribute in attributes]
    if not attributes:
        return None
    if kinds != ["signature_time_stamp_token"] or len(values[0]) != 1:
        raise StepFailedError(
            "unsigned-attributes", SubIndication.SIG_CONSTRAINTS_FAILURE, count=len(kinds)
        )
    return bytes(values[0][0])
