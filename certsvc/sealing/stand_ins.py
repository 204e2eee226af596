"""Refusing demonstration roots and seals in production."""

from collections.abc import Sequence

from cryptography import x509

from certsvc.foundation.settings import SettingsInvalidError
from certsvc.sealing.register.errors import SealOfDemonstrationError
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.versions import signing_certificates
from keys.development_certificates import is_development_certificate


def refuse_development_roots(roots: Sequence[x509.Certificate]) -> None:
    """Check that no root is a demonstration's.

    Raises:
        SettingsInvalidError: one is.
    """
    if any(is_development_certificate(root) for root in roots):
        raise SettingsInvalidError(setting="trust_file", file="trust.pem")


def refuse_demonstration_seal(seal: Seal) -> None:
    """Check that a seal does not sign with a demonstration's certificate.

    Raises:
        SealOfDemonstrationError: it does.
    """
    if any(is_development_certificate(each) for each in signing_certificates(seal)):
        raise SealOfDemonstrationError(seal=seal.name)
