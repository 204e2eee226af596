"""A fixed-shape CMS writer: everything but digest, signature and timestamp is laid out once.

* One SignedData, one SignerInfo named by issuer and serial number, DER throughout.
* Signed attributes: content-type, message-digest, ESS signing-certificate-v2, CMS algorithm
  protection (RFC 6211). Never signing-time: the PDF's /M carries it
  (ETSI EN 319 142-1 clause 6.3, table 1).
* Unsigned attribute: signature-time-stamp only, when there is a token (level B-T).
* The signer's certificates below the root are carried along.
"""

import hashlib
from collections.abc import Sequence

from cryptography import x509

from keys.algorithms import SignatureAlgorithm
from signing.cms import der
from signing.cms.certificate_types import to_asn1, to_der

ID_DATA = der.object_identifier("1.2.840.113549.1.7.1")
ID_SIGNED_DATA = der.object_identifier("1.2.840.113549.1.7.2")
ID_TST_INFO = der.object_identifier("1.2.840.113549.1.9.16.1.4")
_ID_CONTENT_TYPE = der.object_identifier("1.2.840.113549.1.9.3")
_ID_MESSAGE_DIGEST = der.object_identifier("1.2.840.113549.1.9.4")
_ID_ALGORITHM_PROTECTION = der.object_identifier("1.2.840.113549.1.9.52")
_ID_SIGNING_CERTIFICATE_V2 = der.object_identifier("1.2.840.113549.1.9.16.2.47")
_ID_TIME_STAMP_TOKEN = der.object_identifier("1.2.840.113549.1.9.16.2.14")

# RFC 5754: digest parameters absent; RFC 4055: RSA parameters NULL; ECDSA's and Ed25519's absent.
_DIGEST_ALGORITHMS = {
    "sha256": der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.1")),
    "sha384": der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.2")),
    "sha512": der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.3")),
}
_RSA_SHA256 = der.sequence(der.object_identifier("1.2.840.113549.1.1.11"), der.NULL)
_RSA_PSS_SHA256 = der.sequence(
    der.object_identifier("1.2.840.113549.1.1.10"),
    der.sequence(
        der.tlv(0xA0, _DIGEST_ALGORITHMS["sha256"]),
        der.tlv(
            0xA1,
            der.sequence(
                der.object_identifier("1.2.840.113549.1.1.8"), _DIGEST_ALGORITHMS["sha256"]
            ),
        ),
        der.tlv(0xA2, der.integer(32)),  # salt length
    ),
)
_SIGNATURE_ALGORITHMS = {
    SignatureAlgorithm.P_256: der.sequence(der.object_identifier("1.2.840.10045.4.3.2")),
    SignatureAlgorithm.P_384: der.sequence(der.object_identifier("1.2.840.10045.4.3.3")),
    SignatureAlgorithm.ED25519: der.sequence(der.object_identifier("1.3.101.112")),
    SignatureAlgorithm.RSA_2048: _RSA_SHA256,
    SignatureAlgorithm.RSA_3072: _RSA_SHA256,
    SignatureAlgorithm.RSA_2048_PSS: _RSA_PSS_SHA256,
    SignatureAlgorithm.RSA_3072_PSS: _RSA_PSS_SHA256,
}
_SET, _CONTEXT_0, _CONTEXT_1 = 0x31, 0xA0, 0xA1


class CmsWriter:
    """Writes the CMS of one signer; prepare it once, use it for every seal."""

    def __init__(
        self,
        algorithm: SignatureAlgorithm,
        chain: Sequence[x509.Certificate],
        *,
        content_type: bytes = ID_DATA,
    ) -> None:
        """Prepare the constant parts.

        Args:
            algorithm: What the key signs with.
            chain: The signing certificate, then its issuers below the root.
            content_type: Encoded OID of what is signed.
        """
        certificates = [to_der(certificate) for certificate in chain]
        self.digest_name = algorithm.digest_name
        self._digest_algorithm = _DIGEST_ALGORITHMS[algorithm.digest_name]
        self._signature_algorithm = _SIGNATURE_ALGORITHMS[algorithm]
        self._signature_size_limit = algorithm.signature_size_limit
        self._content_type = content_type
        self._certificates = der.set_of(certificates, tag=_CONTEXT_0)
        self._signer_head = der.integer(1) + _issuer_and_serial(chain[0]) + self._digest_algorithm
        self._before_digest, self._after_digest = self._lay_out_attributes(certificates[0])

    def _lay_out_attributes(self, certificate: bytes) -> tuple[bytes, bytes]:
        blank = bytes(hashlib.new(self.digest_name).digest_size)
        protection = der.sequence(
            self._digest_algorithm, b"\xa1" + self._signature_algorithm[1:]
        )  # [1] IMPLICIT replaces the SEQUENCE tag
        bound = der.sequence(der.octet_string(hashlib.sha256(certificate).digest()))
        attributes = der.set_of(
            (
                _attribute(_ID_CONTENT_TYPE, self._content_type),
                _attribute(_ID_MESSAGE_DIGEST, der.octet_string(blank)),
                _attribute(_ID_ALGORITHM_PROTECTION, protection),
                _attribute(_ID_SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(bound))),
            )
        )
        # The attributes differ before their values do, so the digest cannot change the order.
        before, after = attributes.split(der.octet_string(blank))
        return before + der.octet_string(blank)[:2], after

    def signed_attributes(self, digest: bytes) -> bytes:
        """The bytes to sign for a content digest (RFC 5652 5.4)."""
        return self._before_digest + digest + self._after_digest

    def assemble(
        self,
        signed_attributes: bytes,
        signature: bytes,
        *,
        token: bytes | None = None,
        content: bytes | None = None,
    ) -> bytes:
        """The finished ContentInfo.

        Args:
            signed_attributes: What was signed.
            signature: Its signature value.
            token: RFC 3161 token over the signature value.
            content: The content, if it is carried inside (timestamp tokens).
        """
        unsigned = (
            b""
            if token is None
            else der.set_of((_attribute(_ID_TIME_STAMP_TOKEN, token),), tag=_CONTEXT_1)
        )
        signer = der.sequence(
            self._signer_head,
            b"\xa0" + signed_attributes[1:],
            self._signature_algorithm,
            der.octet_string(signature),
            unsigned,
        )
        inside = b"" if content is None else der.tlv(_CONTEXT_0, der.octet_string(content))
        signed_data = der.sequence(
            der.integer(1 if self._content_type == ID_DATA else 3),
            der.tlv(_SET, self._digest_algorithm),
            der.sequence(self._content_type, inside),
            self._certificates,
            der.tlv(_SET, signer),
        )
        return der.sequence(ID_SIGNED_DATA, der.tlv(_CONTEXT_0, signed_data))

    def size_limit(self, *, token_size_limit: int | None) -> int:
        """Bytes the longest possible detached CMS takes, with room for a token or none."""
        digest = bytes(hashlib.new(self.digest_name).digest_size)
        token = None if token_size_limit is None else bytes(token_size_limit)
        longest_signature = bytes(self._signature_size_limit)
        return len(self.assemble(self.signed_attributes(digest), longest_signature, token=token))


def _attribute(identifier: bytes, value: bytes) -> bytes:
    return der.sequence(identifier, der.tlv(_SET, value))


def _issuer_and_serial(certificate: x509.Certificate) -> bytes:
    # The issuer's own bytes: encoding the name anew could change its string types.
    issuer: bytes = to_asn1(certificate).issuer.dump()
    return der.sequence(issuer, der.integer(certificate.serial_number))
