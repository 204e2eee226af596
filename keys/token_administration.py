"""Making and destroying keys on a token; for custodians, never for the service.

* One writable session, for as long as the ``with`` block; nothing is put twice.
* Keys are made on the token, sensitive and not extractable; there is no way to import or export
  a private key.
"""

import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyGoneError, KeySlowError, SigningKeyError
from keys.passphrases import PassphraseSource
from keys.pkcs11_uri import TokenAddress
from keys.signing_key import PublicKey
from keys.token_errors import error_of
from keys.token_key import read_public_key
from keys.token_messages import ChannelLostError, Message
from keys.token_pool import opening
from keys.token_process import TokenProcess

_TIMEOUT_S = 120.0  # a smart card takes a minute for an RSA key
_ID_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class TokenDescription:
    """Description of a token, as it reports it."""

    label: str
    serial: str
    manufacturer: str
    model: str


@dataclass(frozen=True, kw_only=True)
class TokenObject:
    """A private key there is on a token."""

    label: str
    key_id: str
    """CKA_ID, hexadecimal."""


class TokenAdministration:
    """A writable session with a token."""

    def __init__(self, address: TokenAddress, *, pin: PassphraseSource, name: str) -> None:
        self._address = address
        self._pin = pin
        self._name = name
        self._process: TokenProcess | None = None
        self.token: TokenDescription | None = None
        """What the token says of itself; None before the session is open."""

    def __enter__(self) -> Self:
        """Open the session and log in.

        Raises:
            SigningKeyError: The token is gone, or refuses the PIN.
        """
        pin = self._pin.read(name=self._name)
        self._process = TokenProcess()
        try:
            answer = self._ask(opening(self._address, pin, writable=True))
        except SigningKeyError:
            self._process.kill()
            raise
        self.token = TokenDescription(**answer["token"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the session."""
        if self._process:
            self._process.kill()

    def generate(
        self, algorithm: SignatureAlgorithm, *, label: str, key_id: str | None = None
    ) -> PublicKey:
        """Make a key pair on the token.

        Args:
            algorithm: Its kind.
            label: Its name there (CKA_LABEL).
            key_id: Its number there (CKA_ID), hexadecimal; drawn at random if not given.

        Raises:
            KeyExistsError: A key of this label or number is there.
            KeyUnsupportedError: The token makes no such keys.
            SigningKeyError: The token failed; look whether the key was made.
        """
        answer = self._ask(
            {
                "do": "generate",
                "algorithm": algorithm.value,
                "bits": algorithm.signature_size_limit * 8,
                "label": label,
                "id": key_id or secrets.token_hex(_ID_BYTES),
            }
        )
        return read_public_key(answer, name=self._name)

    def all_keys(self) -> list[TokenObject]:
        """The private keys on the token.

        Raises:
            SigningKeyError: The token failed.
        """
        found = self._ask({"do": "list"})["keys"]
        return [TokenObject(label=key["label"], key_id=key["id"]) for key in found]

    def import_certificate(
        self, certificate: x509.Certificate, *, label: str = "", key_id: str = ""
    ) -> None:
        """Lay the certificate of a key beside it, in the place of an older one.

        Raises:
            SigningKeyError: The token has no such key, or failed.
        """
        content = certificate.public_bytes(Encoding.DER).hex()
        self._ask({"do": "import", "certificate": content, "label": label, "id": key_id})

    def destroy(self, *, label: str = "", key_id: str = "") -> None:
        """Destroy a key pair and its certificate; nothing brings it back.

        Raises:
            SigningKeyError: The token has no such key, or failed.
        """
        self._ask({"do": "destroy", "label": label, "id": key_id})

    def _ask(self, request: Message) -> Message:
        if self._process is None:
            raise KeyGoneError(name=self._name)
        try:
            answer = self._process.ask(request, timeout_s=_TIMEOUT_S)
        except TimeoutError as error:
            raise KeySlowError(name=self._name, timeout_s=round(_TIMEOUT_S)) from error
        except ChannelLostError as error:
            raise KeyGoneError(name=self._name) from error
        if "error" in answer:
            raise error_of(str(answer["error"]), name=self._name)
        return answer
