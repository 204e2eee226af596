"""Parse the CMS of a foreign seal or timestamp token: all forms of RFC 5652 with one signer.

* BER is rewritten as DER first; signed attributes verify as DER only (RFC 5652 5.4). Values that
  DER would spell otherwise, such as an INTEGER with needless zeros, are read and said to be odd.
* The signer may be named by subject key identifier, and its certificate may come from the trust
  store instead of the container.
* Revocation lists, attribute certificates, certificates that cannot be read and unsigned
  attributes are allowed. Nothing protects them: they are counted in the evidence and decide
  nothing, save the first signature timestamp, which is a step of its own.
* What the ASN.1 of RFC 5652 has no place for is a format failure; what is only unfamiliar to us
  is not.
"""

import re
from collections.abc import Iterable, Mapping

from asn1crypto import cms, x509
from cryptography.x509 import load_der_x509_certificate

from signing.checklist import StepFailedError, StepUnfinishedError, format_failure
from signing.cms.ber_reading import TooDeepError, rewrite_as_der
from signing.cms.cms_reader import ParsedCms, open_signed_data
from signing.cms.der_reading import NotDerError, check_der, tags_inside
from signing.cms.names import is_same_name
from signing.parser_errors import PARSER_ERRORS, ask_parser, let_mistake_pass
from signing.report import Param, SubIndication

# Tags of the elements of RFC 5652 5.1 and 5.3, in order; the ASN.1 is not extensible.
_CONTENT_INFO = re.compile(rb"\x06\xa0")
_SIGNED_DATA = re.compile(rb"\x02\x31\x30\xa0?\xa1?\x31")
_SIGNER_INFO = re.compile(rb"\x02[\x30\x80]\x30\xa0?\x30\x04\xa1?")
_TIMESTAMP = "signature_time_stamp_token"


def cut_foreign_container(contents: bytes) -> tuple[bytes, dict[str, Param]]:
    """The CMS at the start of a hole as DER, and in what it was not ours.

    Raises:
        StepFailedError: It is no BER, or what follows it is not zeros.
        StepUnfinishedError: It is nested too deeply to be read.
    """
    try:
        encoded, end = rewrite_as_der(contents)
    except TooDeepError as error:
        raise StepUnfinishedError("too-costly") from error
    except NotDerError as error:
        raise format_failure("not-der") from error
    if contents[end:].strip(b"\x00"):
        # Harmless to the signature, but of unknown purpose.
        raise StepFailedError("padding", SubIndication.SIG_CONSTRAINTS_FAILURE)
    return encoded, {} if _is_der(contents[:end]) else {"encoding": "BER"}


def _is_der(encoded: bytes) -> bool:
    try:
        return check_der(encoded) == len(encoded)
    except NotDerError:
        return False


def parse_foreign_cms(
    encoded: bytes,
    *,
    content_type: str,
    known: Iterable[x509.Certificate] = (),
    notes: Mapping[str, Param] | None = None,
) -> ParsedCms:
    """Parse a container whose content is of the given type.

    Args:
        encoded: The container, with the lengths of DER.
        content_type: As asn1crypto spells it: ``data`` or ``tst_info``.
        known: Certificates of the trust store, should the signer's not be carried.
        notes: Evidence so far.

    Raises:
        StepFailedError: It cannot be judged, or RFC 5652 does not allow it.
    """
    signed_data, signer = _open(encoded, content_type)
    carried, unreadable = _certificates(signed_data)
    found, in_store = _signing_certificate(signer, carried, known)
    token, others = _unsigned_attributes(signer)
    counts = {
        "unprotected_attributes": others,
        "other_certificates": unreadable,
        "revocation_lists": _count(signed_data, "crls"),
    }
    return ParsedCms(
        signed_data=signed_data,
        signer=signer,
        signature_algorithm=str(signer["signature_algorithm"]["algorithm"].native),
        digest_name=str(signer["digest_algorithm"]["algorithm"].native),
        certificate=found,
        certificates=carried,
        token=token,
        strict=False,
        notes={
            **(notes or {}),
            **{name: count for name, count in counts.items() if count},
            **({"signer_from": "trust store"} if in_store else {}),
            **({"signer_named_by": "key identifier"} if _by_key(signer["sid"]) else {}),
        },
    )


def _open(encoded: bytes, content_type: str) -> tuple[cms.SignedData, cms.SignerInfo]:
    """1. one SignedData 2. of this content 3. with one signer 4. and nothing unknown inside."""
    info, signed_data = open_signed_data(encoded)
    content = signed_data["encap_content_info"]
    if content["content_type"].native != content_type:
        raise format_failure("content-type")
    if bool(content["content"]) == (content_type == "data"):
        raise format_failure("content")  # detached, says ISO 32000-2 12.8.3.3.1
    if len(signed_data["signer_infos"]) != 1:
        raise _unfamiliar("signer-count", count=len(signed_data["signer_infos"]))
    signer = signed_data["signer_infos"][0]
    try:
        shapes = (
            _CONTENT_INFO.fullmatch(tags_inside(info.contents)),
            _SIGNED_DATA.fullmatch(tags_inside(signed_data.contents)),
            _SIGNER_INFO.fullmatch(tags_inside(signer.contents)),
        )
    except NotDerError as error:  # a tag above 30
        raise format_failure("extra-parts") from error
    if not all(shapes):
        raise format_failure("extra-parts")
    return signed_data, signer


def _certificates(signed_data: cms.SignedData) -> tuple[tuple[x509.Certificate, ...], int]:
    """Those that can be read, and how many others there are."""
    readable, others = [], 0
    for choice in _items(signed_data, "certificates"):
        try:
            certificate = choice.chosen
            ask_parser(load_der_x509_certificate, certificate.dump())
            _ = certificate.serial_number, certificate.issuer.dump(), certificate.subject.dump()
        except PARSER_ERRORS as error:
            let_mistake_pass(error)
            others += 1
            continue
        readable.append(certificate)
    return tuple(readable), others


def _items(signed_data: cms.SignedData, name: str) -> list[cms.Any]:
    """The members of a set that nothing protects; none if it cannot be read."""
    try:
        return list(signed_data[name] or ())
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return []


def _count(signed_data: cms.SignedData, name: str) -> int:
    return len(_items(signed_data, name))


def _signing_certificate(
    signer: cms.SignerInfo,
    carried: Iterable[x509.Certificate],
    known: Iterable[x509.Certificate],
) -> tuple[x509.Certificate, bool]:
    """The one certificate the signer names, and whether the trust store had to help."""
    for source, in_store in ((carried, False), (known, True)):
        fitting = {item.dump(): item for item in source if _is_named(signer["sid"], item)}
        if len(fitting) > 1:
            # RFC 5652 5.3: the identifier names one; which is meant would be our guess.
            raise StepFailedError("certificates-alike", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
        if fitting:
            return fitting.popitem()[1], in_store
    raise StepFailedError("no-certificate", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def _is_named(identifier: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    chosen = identifier.chosen
    if _by_key(identifier):
        return bool(_key_identifier(certificate) == chosen.native)
    return bool(
        certificate.serial_number == chosen["serial_number"].native
        and is_same_name(certificate.issuer, chosen["issuer"])
    )


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.key_identifier
    except PARSER_ERRORS as error:  # an extension that cannot be read names nothing
        let_mistake_pass(error)
        return None
    return None if found is None else bytes(found)


def _by_key(identifier: cms.SignerIdentifier) -> bool:
    return bool(identifier.name == "subject_key_identifier")


def _unsigned_attributes(signer: cms.SignerInfo) -> tuple[bytes | None, int]:
    """The first signature timestamp, and how many further values nothing protects."""
    token, others = None, 0
    try:
        attributes = [
            (attribute["type"].native, [value.dump() for value in attribute["values"]])
            for attribute in signer["unsigned_attrs"] or ()
        ]
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return None, 1
    for kind, values in attributes:
        for value in values:
            if token is None and kind == _TIMESTAMP:
                token = bytes(value)
            else:
                others += 1
    return token, others


def _unfamiliar(reason: str, **evidence: int) -> StepFailedError:
    return StepFailedError(reason, SubIndication.SIG_CONSTRAINTS_FAILURE, **evidence)
