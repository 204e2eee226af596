"""A signing key at a remote signing service (Cloud Signature Consortium API v2).

* Only digests leave this machine.
* What comes back is checked with the public key before it is handed on.
* A service that is slow or gone fails at once for a while, see :mod:`keys.circuit_breaker`.
"""

import time
from typing import Self

from typing_extensions import override

from keys.algorithms import SignatureAlgorithm, algorithm_of
from keys.csc_protocol import (
    CredentialInfo,
    authorise_request,
    info_request,
    read_activation_data,
    read_info,
    read_signature,
    require_supported,
    sign_request,
)
from keys.csc_service import CscService
from keys.csc_services import SERVICES
from keys.csc_uri import CscUri
from keys.errors import KeyPinWrongError
from keys.signing_key import PublicKey
from keys.verification import require_signature


class RemoteKey:
    """A :class:`~keys.signing_key.SigningKey` at a remote service."""

    def __init__(self, uri: CscUri, service: CscService, info: CredentialInfo) -> None:
        self._uri = uri
        self._service = service
        self._info = info
        self._algorithm = algorithm_of(info.public_key, name=uri.name, pss=uri.pss)
        require_supported(self._algorithm, name=uri.name)

    @classmethod
    def open(cls, uri: CscUri, *, service: CscService | None = None) -> Self:
        """Open a remote key: ask the service for its public half.

        Args:
            uri: Which key.
            service: The service; this process's own, shared by all who name it, if not given.

        Raises:
            SigningKeyError: See :meth:`keys.csc_service.CscService.call`.
            KeyUnsupportedError: A kind of key seals may not use, or the method cannot.
        """
        service = service or SERVICES.get(uri)
        deadline = time.monotonic() + uri.timeout_s
        with service.gate.enter(name=uri.name, timeout_s=uri.timeout_s):
            request = info_request(uri.credential)
            answer = service.call("credentials/info", request, deadline=deadline)
        return cls(uri, service, read_info(answer, name=uri.name))

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._info.public_key

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What :meth:`sign` produces."""
        return self._algorithm

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``; see :meth:`keys.signing_key.SigningKey.sign`."""
        name = self._uri.name
        deadline = time.monotonic() + self._uri.timeout_s
        with self._service.gate.enter(name=name, timeout_s=self._uri.timeout_s):
            activation_data = self._authorise(data, deadline)
            request = sign_request(self._uri.credential, self._algorithm, data, activation_data)
            answer = self._service.call("signatures/signHash", request, deadline=deadline)
        signature = read_signature(answer, name=name)
        require_signature(
            self.public_key, self._algorithm, data=data, signature=signature, name=name
        )
        return signature

    def _authorise(self, data: bytes, deadline: float) -> str | None:
        if not self._info.needs_authorisation:
            return None
        pin = self._service.read_pin()
        request = authorise_request(self._uri.credential, self._algorithm, data, pin)
        try:
            answer = self._service.call("credentials/authorize", request, deadline=deadline)
        except KeyPinWrongError:
            self._service.refuse(pin or "")
            raise
        return read_activation_data(answer, name=self._uri.name)

    @override
    def __repr__(self) -> str:
        return f"RemoteKey(name={self._uri.name!r}, algorithm={self._algorithm.value!r})"
