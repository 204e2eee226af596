"""Certificate paths to a trusted root (RFC 5280 clause 6), without fetching anything."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)

from signing.checklist import StepFailedError, parsing
from signing.cms.certificate_types import to_asn1, to_der
from signing.cms.names import comparable_name
from signing.defects import DefectError
from signing.judging.simple_paths import find_simple_path
from signing.report import SubIndication

_REASONS: tuple[tuple[type[Exception], str, SubIndication], ...] = (
    (PathBuildingError, "untrusted", SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    (RevokedError, "revoked", SubIndication.REVOKED),
    (ExpiredError, "expired", SubIndication.EXPIRED),
    (NotYetValidError, "not-yet-valid", SubIndication.NOT_YET_VALID),
    (DisallowedAlgorithmError, "weak", SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    (PathValidationError, "broken", SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    # Usage is a step of its own; here this means a certificate that signed itself.
    (InvalidCertificateError, "untrusted", SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
)

_STEPS_LIMIT = 64  # an honest search takes some ten


def find_path(
    certificate: asn1_x509.Certificate,
    carried: Iterable[asn1_x509.Certificate],
    *,
    roots: Iterable[x509.Certificate],
    intermediates: Iterable[x509.Certificate] = (),
    at: datetime,
) -> tuple[asn1_x509.Certificate, ...]:
    """The valid path from the certificate to a trusted root.

    Revocation is a step of its own and not looked at here.

    Args:
        certificate: Whose path.
        carried: Certificates that came with the signature.
        roots: Trust anchors.
        intermediates: Issuers from the trust store.
        at: The time for which every certificate must be valid.

    Returns:
        Root first, the certificate itself last.

    Raises:
        StepFailedError: There is no such path.
    """
    carried, roots, intermediates = list(carried), list(roots), list(intermediates)
    simple = find_simple_path(
        certificate.dump(),
        [*(other.dump() for other in carried), *map(to_der, intermediates)],
        roots=map(to_der, roots),
        at=at,
    )
    if simple is not None:
        return tuple(map(asn1_x509.Certificate.load, simple))
    return _find_any_path(
        certificate,
        [*carried, *map(to_asn1, intermediates)],
        roots=[to_asn1(root) for root in roots],
        at=at,
    )


def _find_any_path(
    certificate: asn1_x509.Certificate,
    others: list[asn1_x509.Certificate],
    *,
    roots: list[asn1_x509.Certificate],
    at: datetime,
) -> tuple[asn1_x509.Certificate, ...]:
    others = list(filter(_is_readable, others))  # a needless one proves nothing either way
    if not _is_readable(certificate):  # constraints on names could not be applied to it
        raise StepFailedError("unreadable", SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)
    _require_few_paths(certificate, others)
    with parsing("unreadable", SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE):
        context = ValidationContext(
            trust_roots=roots,
            other_certs=others,
            moment=at,
            best_signature_time=at,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
    try:
        with parsing("unreadable", SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE):
            validator = CertificateValidator(certificate, validation_context=context)
            path = _finish(validator.async_validate_path)
    except tuple(kind for kind, _, _ in _REASONS) as error:
        reason, why = next(
            (reason, why) for kind, reason, why in _REASONS if isinstance(error, kind)
        )
        raise StepFailedError(reason, why) from error
    with parsing("unreadable", SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE):
        return tuple(path.iter_certs(include_root=True))


def _is_readable(certificate: asn1_x509.Certificate) -> bool:
    """Whether the names of a certificate can be read, without which no path leads through it."""
    return None not in map(comparable_name, (certificate.subject, certificate.issuer))


def _require_few_paths(
    certificate: asn1_x509.Certificate, others: Iterable[asn1_x509.Certificate]
) -> None:
    """Certificates of one name that issue each other make as many paths as they have orders.

    Raises:
        StepFailedError: There are too many ways to try.
    """
    by_subject = defaultdict(set)
    with parsing("unreadable", SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE):
        for other in others:
            by_subject[other.subject.hashable].add((other.issuer_serial, other.issuer.hashable))
        paths = [(certificate.issuer.hashable, frozenset((certificate.issuer_serial,)))]
    steps = 0
    while paths:
        steps += 1
        if steps > _STEPS_LIMIT:
            raise StepFailedError("too-many-paths", SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
        name, seen = paths.pop()
        for serial, issuer in by_subject[name]:
            if serial not in seen:
                paths.append((issuer, seen | {serial}))


def check_carried(
    carried: Iterable[asn1_x509.Certificate], *paths: Iterable[asn1_x509.Certificate]
) -> None:
    """Every certificate that came along is on a validated path.

    A carried certificate outside every path is protected by nothing, and could be anything.

    Raises:
        StepFailedError: One is on none.
    """
    known = {certificate.dump() for path in paths for certificate in path}
    strangers = sum(certificate.dump() not in known for certificate in carried)
    if strangers:
        raise StepFailedError(
            "stray-certificates", SubIndication.SIG_CONSTRAINTS_FAILURE, count=strangers
        )


def _finish(start: Callable[[], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401  # a foreign object
    """Run a coroutine that never waits: nothing is fetched, so there is nothing to wait for."""
    coroutine = start()
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise DefectError("a path was waited for")
