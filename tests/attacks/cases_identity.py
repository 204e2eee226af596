"""Who sealed: other roots, other certificates, certificates that are not valid or not for this."""

from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from keys.uri import open_key
from signing.cms import der
from signing.trust import TrustStore
from tests.attacks.anatomy import with_container, with_room
from tests.attacks.catalogue import attack, enter
from tests.attacks.resealing import Parts, sealed_by
from tests.attacks.tlv import Element
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import NOW, demonstration_pki, sealed_document

_GROUP = "certificate"
_CHAIN = "certificate-chain"
_DAY = timedelta(days=1)


@cache
def root() -> Issued:
    """The root that these cases trust."""
    return issue(Wish(name="真正的根", ca=True))


def trusting() -> TrustStore:
    """Trust in that root alone, and in the demonstration's timestamps."""
    return TrustStore(roots=(root().certificate,), timestamp_roots=(demonstration_pki().root,))


def sealed_as(issued: Issued, *chain: x509.Certificate, timestamped: bool = True) -> bytes:
    """The sample, sealed by whoever holds this certificate."""
    document = with_room(sealed_document(), 4096 + 1024 * (4 + len(chain)))
    certificates = [issued.certificate, *chain]
    return sealed_by(document, issued.key, certificates, timestamped=timestamped)


@cache
def honest() -> Issued:
    return issue(Wish(), root())


def certificate_with(*, key: bytes = b"", subject: bytes = b"", serial: int = 5) -> bytes:
    """A genuine certificate of the trusted root with another key, name or number in it."""
    tree = Element.parse(honest().certificate.public_bytes(Encoding.DER))
    body = tree.children[0]
    body.children[1] = Element.parse(der.integer(serial))
    if subject:
        body.children[5] = Element.parse(subject)
    if key:
        body.children[6] = Element.parse(key)
    signature = root().private_key.sign(body.encode(), ec.ECDSA(hashes.SHA256()))
    tree.children[2] = Element(tag=0x03, value=b"\x00" + signature)
    return tree.encode()


for _name, _wish, _step in (
    (
        "expired before the timestamp",
        Wish(starts_at=NOW - 9 * _DAY, ends_at=NOW - _DAY),
        "certificate-chain.expired",
    ),
    (
        "not yet valid at the timestamp",
        Wish(starts_at=NOW + _DAY, ends_at=NOW + 9 * _DAY),
        "certificate-chain.not-yet-valid",
    ),
    ("for servers", Wish(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)), "key-usage.wrong"),
    ("for log-ins", Wish(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)), "key-usage.wrong"),
    ("for programs", Wish(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), "key-usage.wrong"),
    (
        "for revocation answers",
        Wish(purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,)),
        "key-usage.wrong",
    ),
    (
        "for timestamps",
        Wish(purposes=(ExtendedKeyUsageOID.TIME_STAMPING,), purposes_critical=True),
        "key-usage.wrong",
    ),
    (
        "for an unknown purpose",
        Wish(purposes=(ObjectIdentifier("2.25.1"),)),
        "key-usage.wrong",
    ),
    ("for encryption only", Wish(usage=("key_encipherment",)), "key-usage.wrong"),
    ("for issuing only", Wish(usage=("key_cert_sign", "crl_sign")), "key-usage.wrong"),
    ("without any usage", Wish(usage=None), "key-usage.wrong"),
):
    enter(
        _GROUP,
        f"certificate {_name}",
        how=f"A seal made with a certificate {_name}, of a trusted issuer.",
        step=_step,
        make=lambda wish=_wish: sealed_as(issue(wish, root())),
        trusting=trusting,
    )


@attack(_GROUP, step="certificate-chain.expired", trusting=trusting)
def expired_without_a_timestamp() -> bytes:
    """Nothing proves that the seal was made while the certificate was valid."""
    wish = Wish(starts_at=NOW - 9 * _DAY, ends_at=NOW - _DAY)
    return sealed_as(issue(wish, root()), timestamped=False)


@attack(_GROUP, step="certificate-chain.untrusted", trusting=trusting)
def signed_by_itself() -> bytes:
    """A certificate that the attacker made for himself."""
    return sealed_as(issue(Wish()))


@attack(_GROUP, step=_CHAIN, trusting=trusting)
def root_of_the_same_name() -> bytes:
    """A root of the attacker's own, named like the trusted one."""
    return sealed_as(issue(Wish(), issue(Wish(name="真正的根", ca=True))))


@attack(_GROUP, step=_CHAIN, trusting=trusting)
def root_of_the_same_name_carried_along() -> bytes:
    """The same, and the false root comes with the file."""
    impostor = issue(Wish(name="真正的根", ca=True))
    return sealed_as(issue(Wish(), impostor), impostor.certificate)


@attack(_GROUP, step=_CHAIN, trusting=trusting)
def issued_by_a_seal() -> bytes:
    """The holder of an honest seal issues a certificate of his own."""
    return sealed_as(issue(Wish(name="副印"), honest()), honest().certificate)


@attack(_GROUP, step="certificate-chain.stray-certificates", trusting=trusting)
def stray_certificate() -> bytes:
    """A certificate that belongs to nobody here is carried along."""
    return sealed_as(honest(), issue(Wish(name="陌生")).certificate)


@attack(_GROUP, step="signature.wrong", trusting=trusting)
def certificate_of_somebody_else() -> bytes:
    """Sealed with another key, under the honest certificate."""
    other = issue(Wish(), root())
    parts = Parts(sealed_as(honest())).signed_with(other.key.sign)
    return with_container(sealed_as(honest()), parts.assemble())


def _encoded(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


@attack(_GROUP, step="signer-binding.substituted", trusting=trusting)
def substituted_certificate_of_the_same_key() -> bytes:
    """Same key, issuer and serial number, another subject: only ESS tells them apart."""
    wish = Wish(name="另一枚印章", serial=honest().certificate.serial_number)
    false = issue(wish, root(), key=honest().private_key)
    parts = Parts(sealed_as(honest(), timestamped=False))
    parts.certificates = [_encoded(false.certificate)]
    return with_container(sealed_as(honest()), parts.assemble())


@attack(_GROUP, step="container.no-certificate", trusting=trusting)
def signer_not_carried() -> bytes:
    """The container carries another certificate than the signer's."""
    parts = Parts(sealed_as(honest()))
    parts.certificates = [_encoded(issue(Wish(), root()).certificate)]
    return with_container(sealed_as(honest()), parts.assemble())


@attack(_GROUP, step="container", trusting=trusting)
def no_certificates() -> bytes:
    """The container carries no certificate."""
    parts = Parts(sealed_as(honest()))
    parts.certificates = []
    return with_container(sealed_as(honest()), parts.assemble())


@attack(_GROUP, step="signer-binding.substituted", trusting=trusting)
def certificate_of_another_key_with_the_same_names() -> bytes:
    """An honestly issued certificate of the same serial number and another key."""
    twin = issue(Wish(serial=honest().certificate.serial_number), root())
    parts = Parts(sealed_as(honest(), timestamped=False))
    parts.certificates = [_encoded(twin.certificate)]
    return with_container(sealed_as(honest()), parts.assemble())


@attack(_GROUP, step=_CHAIN, trusting=trusting)
def certificate_changed_by_a_bit() -> bytes:
    """One bit of the certificate's subject is turned, and the binding made to fit."""
    encoded = bytearray(_encoded(honest().certificate))
    at = bytes(encoded).index("（演示）".encode()) + 5
    encoded[at] ^= 1
    false = Issued(
        certificate=x509.load_der_x509_certificate(bytes(encoded)),
        private_key=honest().private_key,
    )
    return sealed_as(false)


@attack(_GROUP, step="key-usage.wrong")
def timestamp_authority_that_seals() -> bytes:
    """The trusted timestamp authority's key is used for a seal."""
    identity = demonstration_pki().timestamp
    return sealed_by(sealed_document(), open_key(identity.key_uri), identity.chain)


@attack(_GROUP, step="container.too-many-certificates", trusting=trusting)
def too_many_certificates() -> bytes:
    """Two dozen certificates: each costs the reader time."""
    key = ec.generate_private_key(ec.SECP256R1())
    chain = [issue(Wish(name=f"{number}", ca=True), key=key) for number in range(24)]
    return sealed_as(honest(), *(link.certificate for link in chain), timestamped=False)


@attack(_GROUP, step="certificate-chain.too-many-paths", trusting=trusting)
def certificates_that_issue_each_other() -> bytes:
    """Ten certificates of one name: as many paths as they have orders."""
    key = ec.generate_private_key(ec.SECP256R1())
    link = issue(Wish(name="环", ca=True), key=key)
    ring = [issue(Wish(name="环", ca=True), link, key=key) for _ in range(10)]
    seal = issue(Wish(), link)
    return sealed_as(seal, *(item.certificate for item in ring), timestamped=False)
