"""Who a certificate says its holder is."""

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import x509

from signing.pdf.foreign_text import presentable

_SIZE_LIMIT = 8 << 10  # so that what is remembered stays small


@dataclass(frozen=True, kw_only=True)
class DescribedCertificate:
    """The words of a signing certificate."""

    name: str
    """Common name of the holder."""

    organisation: str
    """Organisation of the holder."""

    issuer: str
    """Common name of the issuer."""

    serial: str
    """Serial number, hexadecimal."""

    names_revocation_source: bool = False
    """Whether it says where its revocation can be asked for."""


NOBODY = DescribedCertificate(name="", organisation="", issuer="", serial="")


def describe_certificate(certificate: x509.Certificate) -> DescribedCertificate:
    """Read the names of a certificate."""
    encoded = certificate.dump()
    return _describe(encoded) if len(encoded) > _SIZE_LIMIT else _describe_once(encoded)


@lru_cache(256)  # a seal's certificate recurs in every file
def _describe_once(encoded: bytes) -> DescribedCertificate:
    return _describe(encoded)


def _describe(encoded: bytes) -> DescribedCertificate:
    certificate = x509.Certificate.load(encoded)
    return DescribedCertificate(
        name=common_name(certificate.subject),
        organisation=_text(certificate.subject.native.get("organization_name", "")),
        issuer=common_name(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        names_revocation_source=bool(certificate.ocsp_urls or certificate.crl_distribution_points),
    )


def common_name(name: x509.Name) -> str:
    """The common name, or the whole name when it has none."""
    return _text(name.native.get("common_name", name.human_friendly))


def _text(value: object) -> str:
    return presentable(str(value[0] if isinstance(value, list) else value))
