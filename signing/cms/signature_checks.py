"""The cryptographic steps on one parsed container.

* A library that cannot read a value proves nothing about the file; see
  :func:`signing.checklist.parsing`.
* TOTAL-FAILED is left for what is proven: another digest, a value that does not verify, signed
  attributes that contradict the container.
"""

import hashlib

from asn1crypto import algos, cms
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator.errors import AlgorithmNotSupported
from pyhanko_certvalidator.sig_validate import (
    DefaultSignatureValidator,
    SignatureValidationContext,
)

from signing.checklist import Evidence, Finding, StepFailedError, parsing
from signing.cms.cms_reader import ParsedCms
from signing.cms.der import NULL, set_of, tlv
from signing.cms.der_reading import contents_inside, elements_inside
from signing.cms.names import is_same_name
from signing.cms.signer_keys import SignerKey, read_signer_key
from signing.parser_errors import (
    PARSER_ERRORS,
    UnreadableError,
    ask_parser,
    let_mistake_pass,
)
from signing.report import SubIndication
from signing.strength import MINIMUM_RSA_BITS

# ETSI TS 119 312 table 4.
_DIGESTS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")
_WEAK_DIGESTS = ("md5", "sha1", "sha224", "sha512_224", "sha512_256")
_CURVES = (
    "secp256r1",
    "secp384r1",
    "secp521r1",
    "brainpoolp256r1",
    "brainpoolp384r1",
    "brainpoolp512r1",
)
_KEYS = ("rsa", "rsassa_pss", "ec", "ed25519")
# Points of order 1, 2, 4 and 8, without their signs (RFC 7748 7): any signature fits such a key.
_SMALL_ORDER = {
    *(y.to_bytes(32, "little") for y in (0, 1, (1 << 255) - 20)),
    *(y.to_bytes(32, "little") for y in ((1 << 255) - 19, (1 << 255) - 18)),  # not reduced
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
}
_SIGNATURES = ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa", "ed25519")


_KEYS_OF = {
    "rsassa_pkcs1v15": ("rsa",),
    "rsassa_pss": ("rsa", "rsassa_pss"),
    "ecdsa": ("ec",),
    "ed25519": ("ed25519",),
}
_SET = 0x31


def is_familiar(container: ParsedCms) -> bool:
    """Whether digest, scheme and key are known here, so that the value can be judged at all.

    Raises:
        StepFailedError: The key cannot be read.
    """
    key = read_signer_key(container.certificate)
    digests = {container.digest_name, _scheme_digest(container)} - {None}
    known = _scheme(container) in _SIGNATURES and key.kind in _KEYS
    return known and digests <= {*_DIGESTS, *_WEAK_DIGESTS}


def check_algorithms(container: ParsedCms) -> Evidence:
    """Digest, signature scheme and key are still considered strong.

    Raises:
        StepFailedError: One of them is not.
    """
    if not is_familiar(container):
        raise StepFailedError(
            "unknown",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
            digest=container.digest_name,
            signature=container.signature_algorithm,
        )
    key = read_signer_key(container.certificate)
    names = {"digest": container.digest_name, "signature": container.signature_algorithm}
    digests = {container.digest_name, _scheme_digest(container)} - {None}
    if not _is_strong(key) or not digests <= set(_DIGESTS):
        raise StepFailedError(
            "weak", SubIndication.CRYPTO_CONSTRAINTS_FAILURE, key=key.kind, bits=key.bits, **names
        )
    if not _are_parameters_sound(container):
        raise StepFailedError("parameters", SubIndication.CRYPTO_CONSTRAINTS_FAILURE, **names)
    return {"key": key.kind, "bits": key.bits, **names}


def _is_strong(key: SignerKey) -> bool:
    return (
        (key.kind in ("rsa", "rsassa_pss") and key.bits >= MINIMUM_RSA_BITS)
        or (key.kind == "ec" and key.curve in _CURVES)
        or (key.kind == "ed25519" and not _is_of_small_order(key))
    )


def _are_parameters_sound(container: ParsedCms) -> bool:
    """RFC 4055 3.1: one trailer; RFC 5758 3.2, RFC 8419: no parameters, though NULL is harmless."""
    with parsing("parameters", SubIndication.CRYPTO_CONSTRAINTS_FAILURE):
        parameters = container.signer["signature_algorithm"]["parameters"]
        if _scheme(container) == "rsassa_pss":
            if not isinstance(parameters, algos.RSASSAPSSParams):
                raise UnreadableError
            return bool(parameters["trailer_field"].native == "trailer_field_bc")
        return parameters.native is None


def _is_of_small_order(key: SignerKey) -> bool:
    point = key.point
    return point[:-1] + bytes((point[-1] & 0x7F,)) in _SMALL_ORDER


def _scheme(container: ParsedCms) -> str | None:
    try:
        return str(container.signer["signature_algorithm"].signature_algo)
    except PARSER_ERRORS as error:  # not known to the library
        let_mistake_pass(error)
        return None


def _scheme_digest(container: ParsedCms) -> str | None:
    try:
        return str(container.signer["signature_algorithm"].hash_algo)
    except PARSER_ERRORS as error:  # plain rsaEncryption and Ed25519 name none
        let_mistake_pass(error)
        return None


def check_digest(container: ParsedCms, digest: bytes) -> Evidence:
    """The signed message digest is the digest of the covered bytes (RFC 5652 11.2).

    Raises:
        StepFailedError: The covered bytes were changed.
    """
    attribute = _signed_attribute(container, "message_digest")
    with parsing("missing", SubIndication.FORMAT_FAILURE):
        signed = attribute.native
    if not isinstance(signed, bytes):
        raise StepFailedError("missing", SubIndication.FORMAT_FAILURE, attribute="message_digest")
    if signed != digest:
        raise StepFailedError(
            "changed", SubIndication.HASH_FAILURE, digest=digest.hex(), signed=signed.hex()
        )
    return {"algorithm": container.digest_name, "digest": digest.hex()}


def check_signature(
    container: ParsedCms, digest: bytes, *, content_type: str
) -> Evidence | Finding:
    """The signature value verifies with the signer's public key.

    Attributes out of DER's order (X.690 11.6) are signed as they stand by some programs, and in
    that order by others (RFC 5652 5.4): in a foreign seal either will do, and is said.

    Raises:
        StepFailedError: It does not, or its attributes contradict each other.
    """
    evidence = {"algorithm": container.signature_algorithm}
    key = read_signer_key(container.certificate)
    if not container.has_attributes:
        spellings = [digest]
    else:
        _check_protection(container)
        _check_content_type(container, content_type)
        elements = elements_inside(container.signer["signed_attrs"].contents)
        spellings = [tlv(_SET, *elements), set_of(elements)]
    allowed = spellings[:1] if container.strict else spellings
    if not any(_verifies(container, key, spelling, digest) for spelling in allowed):
        raise StepFailedError("wrong", SubIndication.SIG_CRYPTO_FAILURE)
    if spellings[0] != spellings[-1]:
        return Finding(reason="unordered", evidence=evidence)
    return Finding(reason="negative-modulus", evidence=evidence) if key.is_negative else evidence


def _verifies(container: ParsedCms, key: SignerKey, signed: bytes, digest: bytes) -> bool:
    if key.kind not in _KEYS_OF.get(_scheme(container) or "", ()):
        return False  # a value of one scheme is none of another's
    try:
        with parsing("key-unreadable"):
            DefaultSignatureValidator().validate_signature(
                container.signature,
                signed,
                key.info,
                container.signer["signature_algorithm"],
                context=SignatureValidationContext(
                    contextual_md_algorithm=container.digest_name, prehashed=signed is digest
                ),
            )
    except AlgorithmNotSupported as error:
        raise StepFailedError("key-unreadable", SubIndication.GENERIC) from error
    except InvalidSignature:
        return False
    return True


def _check_content_type(container: ParsedCms, content_type: str) -> None:
    """The signed content type is that of the content (RFC 5652 11.1)."""
    kinds = _values(container, "content_type")
    with parsing("inconsistent", SubIndication.FORMAT_FAILURE):
        natives = [kind.native for kind in kinds]
    if natives != [content_type]:
        raise StepFailedError("inconsistent", SubIndication.FORMAT_FAILURE)


def names_certificate(container: ParsedCms) -> bool:
    """Whether there is an ESS attribute that could bind the signer."""
    kinds = ("signing_certificate", "signing_certificate_v2")
    return any(_values(container, kind) for kind in kinds)


def _check_protection(container: ParsedCms) -> None:
    """The signed attribute of RFC 6211, if any, spells the algorithms as they stand."""
    protections = _values(container, "cms_algorithm_protection")
    if not protections:
        return
    signer = container.signer
    with parsing("inconsistent", SubIndication.FORMAT_FAILURE):
        parts = contents_inside(protections[0].contents)
        written = [signer[name].contents for name in ("digest_algorithm", "signature_algorithm")]
    # RFC 6211 2 lets NULL and nothing pass for the same.
    protected = [part.removesuffix(NULL) for part in parts]
    if len(protections) > 1 or protected != [part.removesuffix(NULL) for part in written]:
        raise StepFailedError("inconsistent", SubIndication.FORMAT_FAILURE)


def check_binding(container: ParsedCms, *, allow_v1: bool = False) -> Evidence:
    """The signed ESS attribute names this very certificate (RFC 5035; EN 319 142-1 6.3).

    Args:
        container: The container.
        allow_v1: Whether ESS signing-certificate with SHA-1 will do; RFC 3161 tokens have it.

    Raises:
        StepFailedError: It names another, or is missing (EN 319 102-1 5.2.3.4).
    """
    if not names_certificate(container):
        raise _unbound("missing")
    kind = "signing_certificate_v2"
    if allow_v1 and not _values(container, kind):
        kind = "signing_certificate"
    found = _values(container, kind)
    if len(found) != 1:
        raise _unbound("missing")
    with parsing("missing", SubIndication.NO_SIGNING_CERTIFICATE_FOUND):
        named = found[0]["certs"][0]
        name = "sha1" if kind == "signing_certificate" else named["hash_algorithm"]["algorithm"]
        name = name if isinstance(name, str) else str(name.native)
        expected = bytes(named["cert_hash"].native)
        digest = ask_parser(ask_parser(hashlib.new, name, container.certificate.dump()).digest)
        issuer_serial = named["issuer_serial"]
    is_issued = _is_issued_as(issuer_serial, container)
    if digest != expected or not is_issued:
        raise _unbound("substituted")
    return {"certificate": expected.hex(), "algorithm": name}


def _is_issued_as(issuer_serial: cms.Any, container: ParsedCms) -> bool:
    """Whether the certificate has the issuer and serial number that the attribute may add.

    Raises:
        StepFailedError: The library cannot read them.
    """
    with parsing("missing", SubIndication.NO_SIGNING_CERTIFICATE_FOUND):
        if not issuer_serial:
            return True
        certificate = container.certificate
        if issuer_serial["serial_number"].native != certificate.serial_number:
            return False
        names = [item.chosen for item in issuer_serial["issuer"] if item.name == "directory_name"]
        return any(is_same_name(name, certificate.issuer) for name in names)


def _unbound(reason: str) -> StepFailedError:
    return StepFailedError(reason, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def _values(container: ParsedCms, kind: str) -> list[cms.Any]:
    """Every value of the signed attributes of a kind."""
    return [
        value
        for item in container.signer["signed_attrs"] or ()
        if item["type"].native == kind
        for value in item["values"]
    ]


def _signed_attribute(container: ParsedCms, kind: str) -> cms.Any:
    found = _values(container, kind)
    if len(found) != 1:
        raise StepFailedError("missing", SubIndication.FORMAT_FAILURE, attribute=kind)
    return found[0]
