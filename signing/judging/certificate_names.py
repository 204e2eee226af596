"""Names of a certificate's holder and issuer.

A name that is not spelled in the characters it claims proves nothing against a signature: what can
be read of it is shown, and that it is odd is said.
"""

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import x509

from signing.checklist import parsing
from signing.parser_errors import PARSER_ERRORS, let_mistake_pass
from signing.pdf.foreign_text import presentable

_SIZE_LIMIT = 8 << 10  # so that what is remembered stays small


@dataclass(frozen=True, kw_only=True)
class DescribedCertificate:
    """Names and serial number of a signing certificate."""

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

    is_readable: bool = True
    """Whether its names are spelled as they claim to be."""


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
    with parsing():
        subject, issuer, number = certificate.subject, certificate.issuer, certificate.serial_number
    return DescribedCertificate(
        name=common_name(subject),
        organisation=_part(subject, "organization_name"),
        issuer=common_name(issuer),
        serial=f"{number:x}",
        names_revocation_source=_names_source(certificate),
        is_readable=_is_readable(subject) and _is_readable(issuer),
    )


def _names_source(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.ocsp_urls or certificate.crl_distribution_points)
    except PARSER_ERRORS as error:  # the name is present but unreadable
        let_mistake_pass(error)
        return True


def common_name(name: x509.Name) -> str:
    """The common name, or the whole name when it has none."""
    return _part(name, "common_name") or presentable(_whole(name))


def _is_readable(name: x509.Name) -> bool:
    return _native(name) is not None


def _native(name: x509.Name) -> dict[str, object] | None:
    """The parts of a name, or ``None`` if it cannot be read."""
    try:
        # Of a copy, see signing.cms.names.
        return dict(x509.Name.load(name.dump()).native)
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return None


def _whole(name: x509.Name) -> str:
    try:
        return str(x509.Name.load(name.dump()).human_friendly)
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return ""


def _part(name: x509.Name, kind: str) -> str:
    parts = _native(name)
    value = _spelled(name, kind) if parts is None else parts.get(kind, "")
    return presentable(str(value[0] if isinstance(value, list) else value))


def _spelled(name: x509.Name, kind: str) -> str:
    """The octets of a part of a name that cannot be read, as UTF-8 as far as they are."""
    try:
        parts = [part for relative in x509.Name.load(name.dump()).chosen for part in relative]
        found = [part["value"] for part in parts if part["type"].native == kind]
        return bytes(found[0].contents).decode("utf-8", "replace") if found else ""
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return ""
