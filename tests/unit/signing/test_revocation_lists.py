"""What a revocation list says of a certificate, and which lists say nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from signing.revocation.revocation_errors import UnusableProofError
from signing.revocation.statuses import ProofKind, RevocationProof, read_status
from tests.support.revocation_proofs import KEYS, ListWish, authority_of, make_list
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import NOW

_DAY = timedelta(days=1)
_URL = "http://crl.invalid/seals.crl"
_CA = issue(Wish(name="签发机构", ca=True))
_OTHER_CA = issue(Wish(name="另一签发机构", ca=True))
_NAMESAKE = issue(Wish(name="签发机构", ca=True))
_SEAL = issue(Wish(revocation_url=_URL), _CA)
_SERIAL = _SEAL.certificate.serial_number


def _read(proof: RevocationProof) -> datetime | None:
    issuer = _CA.certificate
    return read_status(proof, certificate=_SEAL.certificate, issuer=issuer).revoked_at


def _list(wish: ListWish | None = None, *, by: Issued = _CA) -> RevocationProof:
    return make_list(by.certificate, by.private_key, wish)


def _point(**only: bool | frozenset[x509.ReasonFlags] | None) -> x509.IssuingDistributionPoint:
    usual = {
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(
        full_name=only.pop("full_name", None),  # type: ignore[arg-type]  # a list of names
        relative_name=only.pop("relative_name", None),  # type: ignore[arg-type]  # a name
        **usual | only,  # type: ignore[arg-type]  # by their names
    )


def _names(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]


def _with(*extensions: tuple[x509.ExtensionType, bool]) -> RevocationProof:
    return _list(ListWish(extensions=extensions))


_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
_NOTICE = ListWish(revoked={_SERIAL: NOW}, entry_extensions=((_UNKNOWN, True),))
_REASONS = frozenset({x509.ReasonFlags.key_compromise})
_RELATIVE = x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "一")])


@pytest.mark.parametrize(
    "make",
    [
        _list,
        lambda: _list(ListWish(digest=hashes.SHA384())),
        lambda: _list(ListWish(revoked={_SERIAL + 1: NOW})),
        lambda: _with((_point(only_contains_user_certs=True), True)),
        lambda: _with((_point(full_name=_names(_URL)), True)),  # type: ignore[arg-type]  # names
        lambda: _with((x509.CRLNumber(7), False), (_UNKNOWN, False)),
    ],
)
def test_a_good_certificate(make: Callable[[], RevocationProof]) -> None:
    assert _read(make()) is None


@pytest.mark.parametrize("since", [NOW - 30 * _DAY, NOW])
def test_a_revoked_certificate(since: datetime) -> None:
    assert _read(_list(ListWish(revoked={_SERIAL: since}))) == since


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: _list(by=_OTHER_CA), "other-issuer"),
        (lambda: _list(by=_NAMESAKE), "signature"),
        (lambda: _list(ListWish(digest=hashes.SHA224())), "weak"),
        (lambda: _with((x509.DeltaCRLIndicator(3), True)), "delta"),
        (lambda: _with((x509.DeltaCRLIndicator(3), False)), "delta"),
        (lambda: _with((_point(indirect_crl=True), True)), "partial"),
        (lambda: _with((_point(only_some_reasons=_REASONS), True)), "partial"),
        (lambda: _with((_point(only_contains_attribute_certs=True), True)), "partial"),
        (lambda: _with((_point(only_contains_ca_certs=True), True)), "partial"),
        (
            lambda: _with((_point(full_name=_names("http://crl.invalid/other.crl")), True)),  # type: ignore[arg-type]  # names
            "partial",
        ),
        (lambda: _with((_point(relative_name=_RELATIVE), True)), "partial"),  # type: ignore[arg-type]  # a name
        (lambda: _with((_UNKNOWN, True)), "critical-extension"),
        (lambda: _list(_NOTICE), "critical-extension"),
        (lambda: _as(ProofKind.CRL, b"<html>not found</html>"), "unreadable"),
        (lambda: _as(ProofKind.CRL, b""), "unreadable"),
        (lambda: _as(ProofKind.OCSP, _list().encoded), "unreadable"),
        (lambda: _as(ProofKind.CRL, _list().encoded[:-1]), "unreadable"),
    ],
)
def test_a_list_that_says_nothing(make: Callable[[], RevocationProof], reason: str) -> None:
    with pytest.raises(UnusableProofError) as caught:
        _read(make())
    assert caught.value.reason == reason


def _as(kind: ProofKind, encoded: bytes) -> RevocationProof:
    return RevocationProof(kind=kind, encoded=encoded)


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_kind(kind: str) -> None:
    key, other = KEYS[kind](), KEYS[kind]()
    issuer, certificate = authority_of(key)
    revoked = ListWish(revoked={certificate.serial_number: NOW})
    proof = make_list(issuer, key, revoked)
    assert read_status(proof, certificate=certificate, issuer=issuer).revoked_at == NOW
    for forged in (other, _CA.private_key):
        with pytest.raises(UnusableProofError):
            read_status(make_list(issuer, forged), certificate=certificate, issuer=issuer)


def test_a_list_signed_with_pss() -> None:
    key = rsa.generate_private_key(65537, 2048)
    issuer, certificate = authority_of(key)
    proof = make_list(issuer, key, ListWish(pss=True))
    assert read_status(proof, certificate=certificate, issuer=issuer).revoked_at is None


def test_lists_for_issuers_say_nothing_of_seals_and_the_other_way_round() -> None:
    above = issue(Wish(name="根", ca=True))
    below = issue(Wish(name="下级", ca=True), above)

    def read(point: x509.IssuingDistributionPoint) -> datetime | None:
        wish = ListWish(extensions=((point, True),))
        proof = make_list(above.certificate, above.private_key, wish)
        issuer = above.certificate
        return read_status(proof, certificate=below.certificate, issuer=issuer).revoked_at

    assert read(_point(only_contains_ca_certs=True)) is None
    with pytest.raises(UnusableProofError):
        read(_point(only_contains_user_certs=True))


def test_an_issuer_that_may_not_sign_lists() -> None:
    above = issue(Wish(name="只签证书"))  # it lacks the usage cRLSign
    below = issue(Wish(), above)
    proof = make_list(above.certificate, above.private_key)
    with pytest.raises(UnusableProofError) as caught:
        read_status(proof, certificate=below.certificate, issuer=above.certificate)
    assert caught.value.reason == "issuer-usage"
