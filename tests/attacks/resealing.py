"""Seal whatever bytes an attacker has laid out, with any key: what an insider or forger can do."""

import hashlib
from collections.abc import Callable, Sequence

from asn1crypto import cms
from cryptography import x509

from keys.signing_key import SigningKey
from keys.uri import open_key
from signing.cms import der
from signing.cms.cms_writer import CmsWriter
from tests.attacks.anatomy import byte_range, container, with_container
from tests.support.seals import demonstration_pki, timestamp_authority


def covered_digest(document: bytes, name: str = "sha256") -> bytes:
    """Digest of what the file's byte range covers."""
    first, start, end, rest = byte_range(document)
    return hashlib.new(name, document[first : first + start] + document[end : end + rest]).digest()


def resealed(document: bytes, *, slug: str = "p256", timestamped: bool = True) -> bytes:
    """The same file, honestly signed as it now is by a demonstration seal."""
    identity = demonstration_pki().seals[slug]
    return sealed_by(document, open_key(identity.key_uri), identity.chain, timestamped=timestamped)


def sealed_by(
    document: bytes,
    key: SigningKey,
    chain: Sequence[x509.Certificate],
    *,
    timestamped: bool = True,
) -> bytes:
    """The same file, signed as it now is with any key and certificates."""
    writer = CmsWriter(key.algorithm, chain)
    attributes = writer.signed_attributes(covered_digest(document, writer.digest_name))
    signature = key.sign(attributes)
    token = token_for(signature) if timestamped else None
    return with_container(document, writer.assemble(attributes, signature, token=token))


def token_for(signature: bytes) -> bytes:
    """An honest timestamp of a signature value."""
    return timestamp_authority().timestamp(hashlib.sha256(signature).digest())


def parsed(document: bytes) -> cms.ContentInfo:
    """The container, to be changed part by part."""
    return cms.ContentInfo.load(container(document))


def signer_info(document: bytes) -> cms.SignerInfo:
    """Its one signer."""
    return parsed(document)["content"]["signer_infos"][0]


def signed_attributes(document: bytes) -> bytes:
    """What was signed: the attributes as a SET."""
    return b"\x31" + bytes(signer_info(document)["signed_attrs"].dump())[1:]


class Parts:
    """The elements of a container; change them, then assemble."""

    def __init__(self, document: bytes) -> None:
        info = parsed(document)
        signed_data, signer = info["content"], signer_info(document)
        self.version = bytes(signed_data["version"].dump())
        self.digests = bytes(signed_data["digest_algorithms"].dump())
        self.content_info = bytes(signed_data["encap_content_info"].dump())
        self.certificates = [bytes(item.dump()) for item in signed_data["certificates"]]
        self.after_certificates = b""
        self.signer_version = bytes(signer["version"].dump())
        self.identifier = bytes(signer["sid"].dump())
        self.digest_algorithm = bytes(signer["digest_algorithm"].dump())
        self.attributes = [bytes(item.dump()) for item in signer["signed_attrs"]]
        self.signature_algorithm = bytes(signer["signature_algorithm"].dump())
        self.signature = bytes(signer["signature"].native)
        self.unsigned = [bytes(item.dump()) for item in signer["unsigned_attrs"] or ()]
        self.signers_after: list[bytes] = []

    @property
    def to_sign(self) -> bytes:
        """The signed attributes as they are signed."""
        return der.set_of(self.attributes)

    def signed_with(self, sign: Callable[[bytes], bytes]) -> "Parts":
        """Signed anew, with an honest timestamp if there was one."""
        self.signature = sign(self.to_sign)
        if self.unsigned:
            kind = der.object_identifier("1.2.840.113549.1.9.16.2.14")
            self.unsigned = [der.sequence(kind, der.tlv(0x31, token_for(self.signature)))]
        return self

    def signer(self) -> bytes:
        unsigned = der.set_of(self.unsigned, tag=0xA1) if self.unsigned else b""
        attributes = der.set_of(self.attributes, tag=0xA0) if self.attributes else b""
        return der.sequence(
            self.signer_version,
            self.identifier,
            self.digest_algorithm,
            attributes,
            self.signature_algorithm,
            der.octet_string(self.signature),
            unsigned,
        )

    def assemble(self) -> bytes:
        """The container."""
        signed_data = der.sequence(
            self.version,
            self.digests,
            self.content_info,
            der.set_of(self.certificates, tag=0xA0),
            self.after_certificates,
            der.tlv(0x31, self.signer(), *self.signers_after),
        )
        kind = der.object_identifier("1.2.840.113549.1.7.2")
        return der.sequence(kind, der.tlv(0xA0, signed_data))
