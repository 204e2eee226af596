"""The demonstration PKI: what it writes, what it re-uses, what it refuses."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.development import DevelopmentPki, DevelopmentSealName, create_development_pki
from keys.development_key import DevelopmentWarning
from keys.errors import DevelopmentPkiError, KeyLockedError
from keys.uri import open_key
from tests.support.seals import NOW

_NAMES = [
    DevelopmentSealName(slug="sharing", common_name="查询核验专用章", organisation="示范区"),
    DevelopmentSealName(slug="verification", common_name="核实专用章", organisation="示范区"),
]


def _create(folder: Path, *, days: int = 0) -> DevelopmentPki:
    with pytest.warns(DevelopmentWarning):
        return create_development_pki(folder, names=_NAMES, now=NOW + timedelta(days=days))


def test_every_key_opens_and_belongs_to_its_certificate(tmp_path: Path) -> None:
    pki = _create(tmp_path / "pki")
    assert set(pki.seals) == {"sharing", "verification"}
    for identity in (*pki.seals.values(), pki.timestamp):
        assert open_key(identity.key_uri).public_key == identity.chain[0].public_key()
        written = x509.load_pem_x509_certificates(identity.chain_path.read_bytes())
        assert tuple(written) == identity.chain
        for certificate, issuer in zip(
            identity.chain, (*identity.chain[1:], pki.root), strict=True
        ):
            certificate.verify_directly_issued_by(issuer)


def test_private_files_are_the_owners_alone(tmp_path: Path) -> None:
    _create(tmp_path / "pki")
    private = [
        path
        for path in (tmp_path / "pki").iterdir()
        if path.suffix == ".key" or path.name == "passphrase"
    ]
    assert len(private) == 6
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert all(b"ENCRYPTED" in path.read_bytes() for path in private if path.suffix == ".key")
    assert (tmp_path / "pki").stat().st_mode & 0o777 == 0o700


def test_certificates_carry_what_their_use_demands(tmp_path: Path) -> None:
    pki = _create(tmp_path / "pki")
    seal = pki.seals["sharing"].chain[0]
    usage = seal.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    with pytest.raises(x509.ExtensionNotFound):
        seal.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    purpose = pki.timestamp.chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert purpose.critical
    assert list(purpose.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    for certificate in (seal, pki.root, pki.timestamp.chain[0]):
        name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        assert "演示" in str(name)
        for absent in (x509.CRLDistributionPoints, x509.AuthorityInformationAccess):
            with pytest.raises(x509.ExtensionNotFound):
                certificate.extensions.get_extension_for_class(absent)


def test_what_is_there_is_used_again(tmp_path: Path) -> None:
    first, second = _create(tmp_path), _create(tmp_path, days=300)
    assert first == second


def test_an_expiring_seal_is_renewed_under_the_same_authority(tmp_path: Path) -> None:
    first, later = _create(tmp_path), _create(tmp_path, days=730)
    assert later.root == first.root
    assert later.timestamp == first.timestamp
    renewed, old = later.seals["sharing"].chain, first.seals["sharing"].chain
    assert renewed[0] != old[0]
    assert renewed[1] == old[1]


@pytest.mark.parametrize("lost", ["root.key", "seal-ca.pem", "sharing.key", "timestamp.pem"])
def test_half_a_pki_is_refused(tmp_path: Path, lost: str) -> None:
    _create(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(DevelopmentPkiError), pytest.warns(DevelopmentWarning):
        create_development_pki(tmp_path, names=_NAMES, now=NOW)


def test_a_lost_passphrase_is_locked(tmp_path: Path) -> None:
    _create(tmp_path)
    (tmp_path / "passphrase").unlink()
    with pytest.raises(KeyLockedError), pytest.warns(DevelopmentWarning):
        create_development_pki(tmp_path, names=_NAMES, now=NOW)


@pytest.mark.parametrize("slug", ["", "root", "../x", "Upper", "印章", "a/b"])
def test_a_slug_is_a_plain_file_name(tmp_path: Path, slug: str) -> None:
    name = DevelopmentSealName(slug=slug, common_name="章", organisation="区")
    with pytest.raises(DevelopmentPkiError), pytest.warns(DevelopmentWarning):
        create_development_pki(tmp_path, names=[name], now=NOW)
