"""What an OCSP response says of a certificate, and which responses say nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.revocation.revocation_errors import UnusableProofError
from signing.revocation.statuses import CertificateStatus, ProofKind, RevocationProof, read_status
from tests.support.revocation_proofs import (
    KEYS,
    ResponseWish,
    authority_of,
    make_list,
    make_response,
)
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import NOW

_DAY = timedelta(days=1)
_CA = issue(Wish(name="签发机构", ca=True))
_OTHER_CA = issue(Wish(name="另一签发机构", ca=True))
_NAMESAKE = issue(Wish(name="签发机构", ca=True))
_SEAL = issue(Wish(), _CA)
_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
# Responses are dated by the machine's clock when they are made.
_LONG_AGO, _FAR_AWAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_OCSP_SIGNING = (ExtendedKeyUsageOID.OCSP_SIGNING,)


def _read(proof: RevocationProof) -> CertificateStatus:
    return read_status(proof, certificate=_SEAL.certificate, issuer=_CA.certificate)


def _response(wish: ResponseWish | None = None, *, by: Issued = _CA) -> RevocationProof:
    return make_response(_SEAL.certificate, _CA.certificate, by.certificate, by.private_key, wish)


def _responder(wish: Wish | None = None, issuer: Issued = _CA) -> Issued:
    usual = Wish(
        name="应答机构",
        purposes=_OCSP_SIGNING,
        no_check=True,
        starts_at=_LONG_AGO,
        ends_at=_FAR_AWAY,
    )
    return issue(wish or usual, issuer)


def _delegated(responder: Issued, *, by_name: bool = False) -> RevocationProof:
    carried = (responder.certificate,)
    return _response(ResponseWish(carried=carried, by_name=by_name), by=responder)


def _as(encoded: bytes) -> RevocationProof:
    return RevocationProof(kind=ProofKind.OCSP, encoded=encoded)


def _signed_again(
    change: Callable[[asn1_ocsp.ResponseData], None] = lambda _: None,
    *,
    proof: RevocationProof | None = None,
    key: ec.EllipticCurvePrivateKey = _CA.private_key,
) -> RevocationProof:
    """A response with something in it that the usual builders do not make."""
    response = asn1_ocsp.OCSPResponse.load((proof or _response()).encoded)
    basic = response["response_bytes"]["response"].parsed
    change(basic["tbs_response_data"])
    signed = basic["tbs_response_data"].dump(force=True)
    basic["signature"] = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    response["response_bytes"]["response"] = basic
    return _as(response.dump(force=True))


_NONCE = (x509.OCSPNonce(b"12345678"), False)


@pytest.mark.parametrize(
    "make",
    [
        _response,
        lambda: _response(ResponseWish(by_name=True)),
        lambda: _response(ResponseWish(names=hashes.SHA256(), digest=hashes.SHA384())),
        lambda: _response(ResponseWish(extensions=(_NONCE, (_UNKNOWN, False)))),
        lambda: _delegated(_responder()),
        lambda: _delegated(_responder(), by_name=True),
        _signed_again,
    ],
)
def test_a_good_certificate(make: Callable[[], RevocationProof]) -> None:
    status = _read(make())
    assert (status.kind, status.revoked_at) == (ProofKind.OCSP, None)
    assert (status.this_update, status.next_update) == (NOW, NOW + 7 * _DAY)


def test_a_revoked_certificate() -> None:
    wish = ResponseWish(status=ocsp.OCSPCertStatus.REVOKED, revoked_at=NOW - 30 * _DAY)
    assert _read(_response(wish)).revoked_at == NOW - 30 * _DAY


_BAD_RESPONDERS = {
    "no purpose": Wish(no_check=True),
    "another purpose": Wish(no_check=True, purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "any purpose": Wish(no_check=True, purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
    "could be revoked": Wish(purposes=_OCSP_SIGNING),
    "expired": Wish(no_check=True, purposes=_OCSP_SIGNING, starts_at=_LONG_AGO, ends_at=NOW),
    "not yet": Wish(
        no_check=True, purposes=_OCSP_SIGNING, starts_at=_FAR_AWAY - _DAY, ends_at=_FAR_AWAY
    ),
}


@pytest.mark.parametrize("wish", _BAD_RESPONDERS.values(), ids=_BAD_RESPONDERS)
def test_a_responder_without_the_right(wish: Wish) -> None:
    _expect("responder", _delegated(_responder(wish)))


@pytest.mark.parametrize("issuer", [_OTHER_CA, _NAMESAKE])
def test_a_responder_of_another_issuer(issuer: Issued) -> None:
    _expect("responder", _delegated(_responder(issuer=issuer)))


def test_a_responder_whose_certificate_has_a_weak_signature() -> None:
    weak = Wish(no_check=True, purposes=_OCSP_SIGNING, digest=hashes.SHA224())
    _expect("weak", _delegated(_responder(weak)))


def test_a_responder_that_does_not_show_its_certificate() -> None:
    _expect("responder", _response(by=_responder()))


def test_a_response_in_the_name_of_another() -> None:
    for proof in (_response(), _delegated(_responder())):
        _expect("signature", _signed_again(proof=proof, key=_OTHER_CA.private_key))


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_kind(kind: str) -> None:
    key = KEYS[kind]()
    issuer, certificate = authority_of(key)
    proof = make_response(certificate, issuer, issuer, key)
    assert read_status(proof, certificate=certificate, issuer=issuer).revoked_at is None
    with pytest.raises(UnusableProofError) as caught:  # the same key under another key's name
        read_status(proof, certificate=certificate, issuer=_CA.certificate)
    assert caught.value.reason == "other-certificate"


def test_a_response_about_another() -> None:
    other = issue(Wish(), _CA).certificate
    issuer, key = _CA.certificate, _CA.private_key
    _expect("other-certificate", make_response(other, issuer, issuer, key))
    of_namesake = make_response(_SEAL.certificate, _NAMESAKE.certificate, issuer, key)
    _expect("other-certificate", of_namesake)
    unusual = ResponseWish(names=hashes.SHA384())
    _expect("other-certificate", _response(unusual))


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (ResponseWish(status=ocsp.OCSPCertStatus.UNKNOWN), "unknown"),
        (ResponseWish(extensions=((_UNKNOWN, True),)), "critical-extension"),
        (ResponseWish(digest=hashes.SHA224()), "weak"),
    ],
)
def test_a_response_that_says_nothing(wish: ResponseWish, reason: str) -> None:
    _expect(reason, _response(wish))


@pytest.mark.parametrize(
    "status",
    [status for status in ocsp.OCSPResponseStatus if status is not status.SUCCESSFUL],
)
def test_a_refusal(status: ocsp.OCSPResponseStatus) -> None:
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    encoded = refusal.public_bytes(Encoding.DER)
    _expect("refused", _as(encoded))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"<html>",
        b"0\x03\x0a\x01\x00",
        b"0\x80",
        make_list(_CA.certificate, _CA.private_key).encoded,
    ],
)
def test_what_is_no_response(encoded: bytes) -> None:
    _expect("unreadable", _as(encoded))


def _expect(reason: str, proof: RevocationProof) -> None:
    with pytest.raises(UnusableProofError) as caught:
        _read(proof)
    assert caught.value.reason == reason


def _answers(*serials: int) -> RevocationProof:
    def change(data: asn1_ocsp.ResponseData) -> None:
        answers = []
        for serial in serials:
            answer = data["responses"][0].copy()
            answer["cert_id"]["serial_number"] = serial
            answers.append(answer)
        data["responses"] = answers

    return _signed_again(change)


def test_several_answers() -> None:
    own = _SEAL.certificate.serial_number
    assert _read(_answers(own + 1, own, own + 2)).revoked_at is None
    _expect("other-certificate", _answers(own + 1, own + 2))
    _expect("other-certificate", _answers(own, own))


def test_an_answer_with_an_unknown_critical_extension() -> None:
    def change(data: asn1_ocsp.ResponseData) -> None:
        extension = {"extn_id": "1.2.3.4", "critical": True, "extn_value": b"\x05\x00"}
        data["responses"][0]["single_extensions"] = [extension]

    _expect("critical-extension", _signed_again(change))
