"""Certificate signing requests (PKCS#10, RFC 2986) by any :class:`~keys.signing_key.SigningKey`."""

from dataclasses import dataclass

from asn1crypto import algos, csr, keys, pem, x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.algorithms import SignatureAlgorithm
from keys.signing_key import SigningKey

_NAMES = {
    SignatureAlgorithm.P_256: "sha256_ecdsa",
    SignatureAlgorithm.P_384: "sha384_ecdsa",
    SignatureAlgorithm.ED25519: "ed25519",
    SignatureAlgorithm.RSA_2048: "sha256_rsa",
    SignatureAlgorithm.RSA_3072: "sha256_rsa",
}


@dataclass(frozen=True, kw_only=True)
class RequestSubject:
    """Whom the certificate is asked for."""

    common_name: str
    """Name of the seal (印章名称)."""

    organisation: str
    """Unit that owns it (印章所有者)."""

    country: str = "CN"
    """ISO 3166 code of the country."""


def request_certificate(key: SigningKey, subject: RequestSubject) -> bytes:
    """Make a request, PEM; its signature proves that the asker has the key.

    Raises:
        SigningKeyError: The key cannot sign now.
    """
    public = key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.build(
                {
                    "country_name": subject.country,
                    "organization_name": subject.organisation,
                    "common_name": subject.common_name,
                }
            ),
            "subject_pk_info": keys.PublicKeyInfo.load(public),
            "attributes": [],
        }
    )
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": _algorithm(key.algorithm),
            "signature": key.sign(info.dump()),
        }
    )
    return bytes(pem.armor("CERTIFICATE REQUEST", request.dump()))


def _algorithm(algorithm: SignatureAlgorithm) -> algos.SignedDigestAlgorithm:
    if not algorithm.is_pss:
        return algos.SignedDigestAlgorithm({"algorithm": _NAMES[algorithm]})
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": 32,
    }
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
