"""The cryptographic steps on one parsed container."""

import hashlib

from asn1crypto import cms, keys
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from signing.checklist import Evidence, StepFailedError
from signing.cms.cms_reader import ParsedCms
from signing.cms.der import NULL
from signing.cms.der_reading import contents_inside
from signing.report import SubIndication
from signing.strength import MINIMUM_RSA_BITS

# ETSI TS 119 312 table 4.
_DIGESTS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")
_WEAK_DIGESTS = ("md5", "sha1", "sha224", "sha512_224", "sha512_256")
_ED25519_BITS = 256
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


def is_familiar(container: ParsedCms) -> bool:
    """Whether digest, scheme and key are known here, so that the value can be judged at all."""
    scheme = container.signer["signature_algorithm"]
    try:
        known = scheme.signature_algo in _SIGNATURES
        key = str(container.certificate.public_key.algorithm)
    except (ValueError, KeyError):
        return False
    digests = {container.digest_name, _scheme_digest(scheme)} - {None}
    return known and key in _KEYS and digests <= {*_DIGESTS, *_WEAK_DIGESTS}


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
    public_key = container.certificate.public_key
    scheme = container.signer["signature_algorithm"]
    kind = str(public_key.algorithm)
    size = _ED25519_BITS if kind == "ed25519" else int(public_key.bit_size)
    strong_key = (
        (kind in ("rsa", "rsassa_pss") and size >= MINIMUM_RSA_BITS)
        or (kind == "ec" and public_key.curve == ("named", _curve(public_key)))
        or (kind == "ed25519" and not _is_of_small_order(public_key))
    )
    names = {"digest": container.digest_name, "signature": scheme["algorithm"].native}
    digests = {container.digest_name, _scheme_digest(scheme)} - {None}
    if not strong_key or not digests <= set(_DIGESTS):
        raise StepFailedError(
            "weak", SubIndication.CRYPTO_CONSTRAINTS_FAILURE, key=kind, bits=size, **names
        )
    if not _are_parameters_sound(scheme):
        raise StepFailedError("parameters", SubIndication.CRYPTO_CONSTRAINTS_FAILURE, **names)
    return {"key": kind, "bits": size, **names}


def _are_parameters_sound(scheme: cms.SignedDigestAlgorithm) -> bool:
    """RFC 4055 3.1: one trailer; RFC 5758 3.2, RFC 8419: no parameters, though NULL is harmless."""
    parameters = scheme["parameters"]
    if scheme.signature_algo == "rsassa_pss":
        return bool(parameters["trailer_field"].native == "trailer_field_bc")
    return parameters.native is None


def _is_of_small_order(public_key: keys.PublicKeyInfo) -> bool:
    point = bytes(public_key["public_key"].native)
    return point[:-1] + bytes((point[-1] & 0x7F,)) in _SMALL_ORDER


def _curve(public_key: object) -> str | None:
    kind, name = public_key.curve  # type: ignore[attr-defined]  # asn1crypto is untyped
    return name if kind == "named" and name in _CURVES else None


def _scheme_digest(scheme: cms.SignedDigestAlgorithm) -> str | None:
    try:
        return str(scheme.hash_algo)
    except ValueError:  # plain rsaEncryption and Ed25519 name none
        return None


def check_digest(container: ParsedCms, digest: bytes) -> Evidence:
    """The signed message digest is the digest of the covered bytes (RFC 5652 11.2).

    Raises:
        StepFailedError: The covered bytes were changed.
    """
    values = _signed_attribute(container, "message_digest")
    if values.native != digest:
        raise StepFailedError(
            "changed", SubIndication.HASH_FAILURE, digest=digest.hex(), signed=values.native.hex()
        )
    return {"algorithm": container.digest_name, "digest": digest.hex()}


def check_signature(container: ParsedCms, digest: bytes, *, content_type: str) -> Evidence:
    """The signature value verifies with the signer's public key.

    Raises:
        StepFailedError: It does not, or its attributes contradict each other.
    """
    _check_protection(container)
    try:
        _, valid = validate_sig_integrity(
            container.signer, container.certificate, content_type, digest
        )
    except (CMSExtractionError, CMSStructuralError, SignatureValidationError) as error:
        raise StepFailedError("inconsistent", SubIndication.FORMAT_FAILURE) from error
    if not valid:
        raise StepFailedError("wrong", SubIndication.SIG_CRYPTO_FAILURE)
    return {"algorithm": str(container.signer["signature_algorithm"]["algorithm"].native)}


def names_certificate(container: ParsedCms) -> bool:
    """Whether there is an ESS attribute that could bind the signer."""
    kinds = {item["type"].native for item in container.signer["signed_attrs"] or ()}
    return bool(kinds & {"signing_certificate", "signing_certificate_v2"})


def _check_protection(container: ParsedCms) -> None:
    """The signed attribute of RFC 6211, if any, spells the signature algorithm as it stands."""
    written = container.signer["signature_algorithm"].contents
    for item in container.signer["signed_attrs"] or ():
        if item["type"].native == "cms_algorithm_protection":
            _, protected, *_ = contents_inside(item["values"][0].contents)
            # RFC 6211 2 lets NULL and nothing pass for the same.
            if protected.removesuffix(NULL) != written.removesuffix(NULL):
                raise StepFailedError("inconsistent", SubIndication.FORMAT_FAILURE)


def check_binding(container: ParsedCms, *, allow_v1: bool = False) -> Evidence:
    """The signed ESS attribute names this very certificate (RFC 5035; EN 319 142-1 6.3).

    Args:
        container: The container.
        allow_v1: Whether ESS signing-certificate with SHA-1 will do; RFC 3161 tokens have it.

    Raises:
        StepFailedError: It names another, or is missing.
    """
    if not names_certificate(container):  # EN 319 102-1 5.2.3.4
        raise StepFailedError("missing", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    try:
        attribute = _signed_attribute(container, "signing_certificate_v2")
        name = str(attribute["certs"][0]["hash_algorithm"]["algorithm"].native)
    except StepFailedError:
        if not allow_v1:
            raise
        attribute, name = _signed_attribute(container, "signing_certificate"), "sha1"
    expected = attribute["certs"][0]["cert_hash"].native
    if hashlib.new(name, container.certificate.dump()).digest() != expected:
        raise StepFailedError("substituted", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    return {"certificate": expected.hex(), "algorithm": name}


def _signed_attribute(container: ParsedCms, kind: str) -> cms.Any:
    found = [item for item in container.signer["signed_attrs"] or () if item["type"].native == kind]
    if len(found) != 1 or len(found[0]["values"]) != 1:
        raise StepFailedError("missing", SubIndication.FORMAT_FAILURE, attribute=kind)
    return found[0]["values"][0]
