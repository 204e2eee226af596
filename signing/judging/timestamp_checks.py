"""The timestamp steps: is the token about this signature, and may its authority be trusted?

1. the token is a well-formed CMS with a TSTInfo (RFC 3161 2.4.2);
2. its imprint is the digest of this very signature value;
3. its own digest, signature and certificate binding hold;
4. its authority chains to a trusted root at the time it states, with a critical extended key
   usage of timeStamping alone (RFC 3161 2.3);
5. that time is not in the future, and fits the time the signer claims;
6. at the time to which the token is known to have existed, its authority's certificate had not
   ended and none of its path was revoked (EN 319 102-1 5.6.2.4).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import core, tsp
from asn1crypto import x509 as asn1_x509

from signing.checklist import StepFailedError, parsing
from signing.cms.cms_reader import ParsedCms, parse_cms
from signing.cms.foreign_cms import parse_foreign_cms
from signing.cms.signature_checks import (
    check_algorithms,
    check_binding,
    check_digest,
    check_signature,
)
from signing.judging.certificate_names import common_name
from signing.judging.certificate_paths import check_carried, find_path
from signing.judging.status_checks import find_revocation
from signing.judging.validation_context import ValidationContext
from signing.parser_errors import UnreadableError
from signing.report import SubIndication

_TOLERANCE = timedelta(minutes=5)
_IMPRINTS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, kw_only=True)
class CheckedTimestamp:
    """A token that passed."""

    at: datetime
    """The time it vouches for."""

    authority: str
    """Common name of the authority's certificate."""

    path: tuple[asn1_x509.Certificate, ...]
    """The authority's certificate path, root first."""


def check_timestamp(
    token: bytes,
    digest_of: Callable[[str], bytes],
    *,
    context: ValidationContext,
    proven_at: datetime,
    carried: Iterable[asn1_x509.Certificate] = (),
    strict: bool = True,
) -> CheckedTimestamp:
    """Check a timestamp token; see the module's numbered rules.

    Args:
        token: A TimeStampToken.
        digest_of: Gives the digest of what was timestamped, by the name of the algorithm.
        context: Whom to trust, and when.
        proven_at: When the token itself is known to have existed.
        carried: Certificates that came with the document.
        strict: Whether the token must be of the form that our own seals carry.

    Raises:
        StepFailedError: A rule is broken.
    """
    try:
        parse = parse_cms if strict else parse_foreign_cms
        container = parse(token, content_type="tst_info")
        with parsing():
            encoded = bytes(container.signed_data["encap_content_info"]["content"].contents)
        moment = _check_imprint(container, digest_of)
        digest = hashlib.new(container.digest_name, encoded).digest()
        check_algorithms(container)
        check_digest(container, digest)
        check_signature(container, digest, content_type="tst_info")
        check_binding(container, allow_v1=True)
    except StepFailedError as failure:
        # A bad token proves no time; it does not prove the document forged (EN 319 102-1 5.5).
        raise _bad(failure.reason if failure.reason == "imprint" else "invalid") from failure
    if moment > proven_at + _TOLERANCE:
        raise StepFailedError("future", SubIndication.TIMESTAMP_ORDER_FAILURE)
    _check_purpose(container.certificate)
    path = find_path(
        container.certificate,
        (*container.certificates, *carried),
        roots=context.trust.anchors_of_timestamps,
        intermediates=context.trust.intermediates,
        at=moment,
    )
    if strict:
        check_carried(container.certificates, path)
    _check_still_good(path, context, proven_at)
    return CheckedTimestamp(
        at=moment, authority=common_name(container.certificate.subject), path=path
    )


def check_order(claimed: datetime | None, timestamp: CheckedTimestamp) -> None:
    """The claimed time is not after the timestamp.

    Raises:
        StepFailedError: The signer claims a later time than the authority saw.
    """
    if claimed is not None and claimed > timestamp.at + _TOLERANCE:
        raise StepFailedError(
            "order",
            SubIndication.TIMESTAMP_ORDER_FAILURE,
            claimed=claimed.isoformat(),
            time=timestamp.at.isoformat(),
        )


def _check_still_good(
    path: tuple[asn1_x509.Certificate, ...], context: ValidationContext, proven_at: datetime
) -> None:
    # Who holds the key of an ended certificate could make tokens of any past time.
    with parsing():
        ended = min(certificate.not_valid_after for certificate in path)
    if ended < proven_at:
        raise StepFailedError("ended", SubIndication.OUT_OF_BOUNDS_NO_POE, since=ended.isoformat())
    revocation = find_revocation(path, context.proofs, at=proven_at)
    if revocation is not None and revocation.revoked_at is not None:
        raise StepFailedError(
            "revoked", SubIndication.REVOKED_NO_POE, since=revocation.revoked_at.isoformat()
        )


def _check_imprint(container: ParsedCms, digest_of: Callable[[str], bytes]) -> datetime:
    """The time the token states, if it is of what was timestamped."""
    with parsing():
        content = container.signed_data["encap_content_info"]["content"]
        if not isinstance(content, core.ParsableOctetString):  # as PKCS #7 had it
            raise UnreadableError
        info = content.parsed
        if not isinstance(info, tsp.TSTInfo):
            raise UnreadableError
        imprint = info["message_imprint"]
        name = imprint["hash_algorithm"]["algorithm"].native
        imprinted = imprint["hashed_message"].native
        moment = info["gen_time"].native
    if name not in _IMPRINTS or imprinted != digest_of(name):
        raise _bad("imprint")
    if not isinstance(moment, datetime):
        raise _bad("invalid")
    return moment


def _check_purpose(certificate: asn1_x509.Certificate) -> None:
    with parsing():
        found = certificate.extended_key_usage_value
        purposes = None if found is None else found.native
        critical = "extended_key_usage" in certificate.critical_extensions
    if purposes != ["time_stamping"] or not critical:
        raise StepFailedError("wrong-usage", SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def _bad(reason: str) -> StepFailedError:
    return StepFailedError(reason, SubIndication.SIG_CONSTRAINTS_FAILURE)
