"""What the streams of a security store are: a certificate, a CRL, an OCSP response, and for whom.

* A stream is what parses as one of the three from its first byte to its last.
* It is of use if a signature leads to it: by a name or a serial number that stands in the
  signature's container, or in material that is of use itself.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence

from asn1crypto import core, crl, ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509 import ocsp as x509_ocsp

from signing.parser_errors import UnreadableError, ask_parser

_ROUNDS = 12
"""Steps from a signature to what serves it; longer paths are not looked for."""

Listed = tuple[str, bytes]
"""The key of the list that it stands in, as in /DSS, and what it holds."""


def role_of(encoded: bytes) -> str | None:
    """The list of /DSS that it belongs to, or ``None`` if it is nothing of the kind."""
    return next((role for role in _LOADERS if parses_as(role, encoded)), None)


def parses_as(role: str, encoded: bytes) -> bool:
    """Whether all of it is what that list is of."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serial numbers and the like
            ask_parser(_LOADERS[role], encoded)
    except UnreadableError:
        return False
    return True


_LOADERS: Mapping[str, Callable[[bytes], object]] = {
    "/Certs": x509.load_der_x509_certificate,
    "/CRLs": x509.load_der_x509_crl,
    "/OCSPs": x509_ocsp.load_der_ocsp_response,
}


def find_unused(listed: Sequence[Listed], containers: Iterable[bytes]) -> list[int]:
    """Places of what no signature leads to.

    Args:
        listed: Each parses as what its list is of.
        containers: The containers of all signatures and document timestamps of the file.
    """
    marks = [_marks(role, encoded) for role, encoded in listed]
    left = dict(enumerate(marks))
    known = b"".join(containers)
    for _ in range(_ROUNDS):
        found = [place for place, (wanted, _) in left.items() if any(m in known for m in wanted)]
        if not found:
            break
        known = b"".join(left.pop(place)[1] for place in found)
    return list(left)


def _marks(role: str, encoded: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """What leads to it, any of these; and what it leads to itself."""
    if role == "/Certs":
        tbs = asn1_x509.Certificate.load(encoded)["tbs_certificate"]
        issued = tbs["issuer"].dump() + tbs["serial_number"].dump()
        return (tbs["subject"].dump(), issued), encoded
    if role == "/CRLs":
        issuer: bytes = crl.CertificateList.load(encoded)["tbs_cert_list"]["issuer"].dump()
        return (issuer,), issuer
    return _serials(encoded), encoded


def _serials(encoded: bytes) -> tuple[bytes, ...]:
    response = ocsp.OCSPResponse.load(encoded)["response_bytes"]
    if isinstance(response, core.Void) or not response.native:
        return ()
    data = response["response"].parsed["tbs_response_data"]
    return tuple(single["cert_id"]["serial_number"].dump() for single in data["responses"])
