"""Fast check of ordinary certificate paths; all others use the full path validation.

A path is *ordinary* when, from the certificate up to a trusted root,

1. each issuer is the only known certificate of that name that fits the key identifier;
2. each signature verifies, with a strong digest and key (ETSI TS 119 312);
3. each certificate is valid at the time asked for, the root too;
4. each issuer has basicConstraints CA, keyUsage keyCertSign and enough path length;
5. no extension occurs but those read here, none critical but basicConstraints, keyUsage and
   extendedKeyUsage, and no issuer limits purposes, names or policies.

These are stricter than RFC 5280 clause 6, so whatever passes here passes there. What does not is
not judged: :func:`signing.judging.certificate_paths.find_path` asks the complete implementation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing.checklist import StepFailedError
from signing.cms.signer_keys import read_signer_key
from signing.parser_errors import (
    PARSER_ERRORS,
    UnreadableError,
    ask_for,
    ask_parser,
    let_mistake_pass,
)
from signing.strength import MINIMUM_RSA_BITS, is_strong_digest

_DEPTH_LIMIT = 5
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_MAY_BE_CRITICAL = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage)
_NEVER_CRITICAL = (
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
    x509.CRLDistributionPoints,
    x509.AuthorityInformationAccess,
    x509.SubjectAlternativeName,
    x509.CertificatePolicies,
)
_REMEMBERED = 256  # certificates; a seal's few recur in every file
_SIZE_LIMIT = 8 << 10  # so that what is remembered stays small


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What the rules need to know of one certificate."""

    certificate: x509.Certificate
    subject: bytes
    issuer: bytes
    not_before: datetime
    not_after: datetime
    key_identifier: bytes | None
    issuer_key_identifier: bytes | None
    path_length: int | None
    """Issuers it allows below itself; ``None`` means any number."""
    may_issue: bool


def find_simple_path(
    certificate: bytes,
    others: Iterable[bytes],
    *,
    roots: Iterable[bytes],
    at: datetime,
) -> tuple[bytes, ...] | None:
    """The ordinary path, or ``None`` if there is none.

    Args:
        certificate: Whose path, DER.
        others: Certificates that may be issuers, DER.
        roots: Trust anchors, DER.
        at: The time for which every certificate must be valid.

    Returns:
        Root first, the certificate itself last, DER.
    """
    anchors = frozenset(roots)
    known = [*anchors, *set(others).difference(anchors, (certificate,))]
    if any(len(encoded) > _SIZE_LIMIT for encoded in (certificate, *known)):
        return None
    path = [certificate]
    while path[-1] not in anchors or len(path) == 1:
        if certificate in anchors or len(path) > _DEPTH_LIMIT or not _is_valid(path[-1], at):
            return None
        issuer = _only_issuer(path[-1], known)
        if issuer is None or issuer in path or not _may_issue(issuer, below=len(path) - 1):
            return None
        if not _is_signed_by(path[-1], issuer):
            return None
        path.append(issuer)
    return tuple(reversed(path)) if _is_valid(path[-1], at) else None


def _is_valid(encoded: bytes, at: datetime) -> bool:
    facts = _read(encoded)
    return facts is not None and facts.not_before <= at <= facts.not_after


def _only_issuer(encoded: bytes, known: list[bytes]) -> bytes | None:
    facts = _read(encoded)
    if facts is None:
        return None
    fitting = []
    for candidate in known:
        issuer = _read(candidate)
        if issuer is None:
            return None
        if issuer.subject == facts.issuer and facts.issuer_key_identifier in (
            None,
            issuer.key_identifier,
        ):
            fitting.append(candidate)
    return fitting[0] if len(fitting) == 1 else None


def _may_issue(encoded: bytes, *, below: int) -> bool:
    facts = _read(encoded)
    if facts is None or not facts.may_issue:
        return False
    return facts.path_length is None or below <= facts.path_length


@lru_cache(_REMEMBERED)
def _is_signed_by(encoded: bytes, issuer: bytes) -> bool:
    """Whether the signature verifies; true for ever, so worth remembering."""
    facts, issuing = _read(encoded), _read(issuer)
    if facts is None or issuing is None:
        return False
    try:
        if not is_strong_digest(ask_for(facts.certificate, "signature_hash_algorithm")):
            return False
        ask_parser(facts.certificate.verify_directly_issued_by, issuing.certificate)
    except (InvalidSignature, UnreadableError):
        return False
    return True


@lru_cache(_REMEMBERED)
def _read(encoded: bytes) -> _Facts | None:
    """The facts of an ordinary certificate; ``None`` for any other."""
    try:
        certificate = ask_parser(x509.load_der_x509_certificate, encoded)
        extensions: x509.Extensions = ask_for(certificate, "extensions")
        public_key = _public_key(certificate, encoded)
        # As spelled: what the characters of a name are is of no account here.
        spelled = asn1_x509.Certificate.load(encoded)
        subject, issuer = spelled.subject.dump(), spelled.issuer.dump()
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return None
    if not _is_strong(public_key) or not all(map(_is_ordinary, extensions)):
        return None
    values = {type(extension.value): extension.value for extension in extensions}
    constraints, usage = values.get(x509.BasicConstraints), values.get(x509.KeyUsage)
    own, issuers = (
        values.get(x509.SubjectKeyIdentifier),
        values.get(x509.AuthorityKeyIdentifier),
    )
    may_issue = (
        isinstance(constraints, x509.BasicConstraints)
        and constraints.ca
        and isinstance(usage, x509.KeyUsage)
        and usage.key_cert_sign
        and x509.ExtendedKeyUsage not in values
    )
    return _Facts(
        certificate=certificate,
        subject=subject,
        issuer=issuer,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_identifier=own.digest if isinstance(own, x509.SubjectKeyIdentifier) else None,
        issuer_key_identifier=(
            issuers.key_identifier if isinstance(issuers, x509.AuthorityKeyIdentifier) else None
        ),
        path_length=(
            constraints.path_length if isinstance(constraints, x509.BasicConstraints) else None
        ),
        may_issue=may_issue,
    )


def _public_key(certificate: x509.Certificate, encoded: bytes) -> object:
    """The key of a certificate, one with a negative modulus as it was meant.

    Raises:
        UnreadableError: It cannot be read.
    """
    try:
        return ask_parser(certificate.public_key)
    except UnreadableError:
        try:
            key = read_signer_key(asn1_x509.Certificate.load(encoded))
        except StepFailedError as error:
            raise UnreadableError from error
        return ask_parser(load_der_public_key, key.info.dump())


def _is_ordinary(extension: x509.Extension[x509.ExtensionType]) -> bool:
    if isinstance(extension.value, _MAY_BE_CRITICAL):
        return True
    return isinstance(extension.value, _NEVER_CRITICAL) and not extension.critical


def _is_strong(public_key: object) -> bool:
    if isinstance(public_key, rsa.RSAPublicKey):
        return public_key.key_size >= MINIMUM_RSA_BITS
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return isinstance(public_key.curve, _CURVES)
    return isinstance(public_key, ed25519.Ed25519PublicKey)
