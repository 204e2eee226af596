"""Lists and responses of a real certification authority, OpenSSL's own."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from signing.revocation.revocation_errors import UnusableProofError
from signing.revocation.statuses import CertificateStatus, ProofKind, RevocationProof, read_status
from tests.support.openssl_ca import OpensslCa


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    made = OpensslCa(tmp_path_factory.mktemp("ca"))
    for name in ("good", "revoked"):
        made.issue(name)
    made.issue("responder", extensions="responder")
    made.issue("useless", extensions="useless_responder")
    made.revoke("revoked")
    return made


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _request(authority: OpensslCa, certificate: x509.Certificate) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate,
        authority.certificate,
        hashes.SHA1(),  # noqa: S303  # RFC 5019
    )
    return builder.build().public_bytes(Encoding.DER)


_Proof = Callable[[OpensslCa, x509.Certificate], RevocationProof]


def _list(*options: str) -> _Proof:
    return lambda authority, _: RevocationProof(
        kind=ProofKind.CRL, encoded=authority.revocation_list(*options)
    )


def _response(*options: str, responder: str = "ca") -> _Proof:
    return lambda authority, certificate: RevocationProof(
        kind=ProofKind.OCSP,
        encoded=authority.answer(_request(authority, certificate), *options, responder=responder),
    )


def _status(authority: OpensslCa, name: str, proof: _Proof) -> CertificateStatus:
    certificate = authority.find(name)
    made = proof(authority, certificate)
    return read_status(made, certificate=certificate, issuer=authority.certificate)


_PROOFS = {
    "list": _list(),
    "sha512": _list("-md", "sha512"),
    "response": _response(),
    "by key": _response("-resp_key_id"),
    "delegated": _response(responder="responder"),
    "delegated by key": _response("-resp_key_id", responder="responder"),
}


@pytest.mark.parametrize("kind", _PROOFS)
def test_good_and_revoked(authority: OpensslCa, kind: str) -> None:
    good = _status(authority, "good", _PROOFS[kind])
    assert good.revoked_at is None
    assert good.is_current(_now())
    revoked = _status(authority, "revoked", _PROOFS[kind]).revoked_at
    assert revoked is not None
    assert timedelta(0) <= _now() - revoked < timedelta(hours=1)


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        (_list("-md", "sha1"), "weak"),
        (_response("-rmd", "sha1"), "weak"),
        (_response(responder="useless"), "responder"),
        (_response("-resp_no_certs", responder="responder"), "responder"),
    ],
)
def test_what_says_nothing(authority: OpensslCa, proof: _Proof, reason: str) -> None:
    with pytest.raises(UnusableProofError) as caught:
        _status(authority, "good", proof)
    assert caught.value.reason == reason


def test_a_certificate_it_does_not_know(authority: OpensslCa) -> None:
    authority.issue("forgotten")
    authority.forget("forgotten")
    with pytest.raises(UnusableProofError) as caught:
        _status(authority, "forgotten", _response())
    assert caught.value.reason == "unknown"
