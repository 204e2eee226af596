"""A signing key on a PKCS#11 token: it never leaves the token.

* What the token signs is checked with the public key before it is handed on, so a key that was
  exchanged under the same name cannot seal.
"""

from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from typing_extensions import override

from keys.algorithms import SignatureAlgorithm, algorithm_of
from keys.errors import KeyGoneError, KeyUnsupportedError
from keys.passphrases import AskedPassphrase, AskSecret, NoPassphrase
from keys.pkcs11_uri import Pkcs11Uri
from keys.raw_signatures import raw_request, signature_value
from keys.signing_key import PublicKey
from keys.token_messages import Message
from keys.token_pool import TokenPool
from keys.token_pools import POOLS
from keys.verification import require_signature


class TokenKey:
    """A :class:`~keys.signing_key.SigningKey` on a token."""

    def __init__(
        self, pool: TokenPool, wanted: Message, *, public_key: PublicKey, name: str, pss: bool
    ) -> None:
        self._pool = pool
        self._wanted = wanted
        self._public_key = public_key
        self._name = name
        self._algorithm = algorithm_of(public_key, name=name, pss=pss)

    @classmethod
    def open(cls, uri: Pkcs11Uri, *, ask: AskSecret | None = None) -> Self:
        """Open a key on a token, and log in if the token demands it.

        Args:
            uri: Which key.
            ask: Asks for the PIN where the URI does not say whence it comes.

        Raises:
            SigningKeyError: See :meth:`keys.token_pool.TokenPool.ask`.
            KeyUnsupportedError: A kind of key seals may not use.
        """
        pin = uri.pin or (AskedPassphrase(ask) if ask else NoPassphrase())
        pool = POOLS.get(uri.address, pin=pin, limits=uri.limits)
        wanted: Message = {"label": uri.label, "id": uri.key_id}
        found = pool.ask({"do": "find", **wanted}, name=uri.name)
        public_key = read_public_key(found, name=uri.name)
        return cls(pool, wanted, public_key=public_key, name=uri.name, pss=uri.pss)

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What :meth:`sign` produces."""
        return self._algorithm

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``; see :meth:`keys.signing_key.SigningKey.sign`."""
        raw = raw_request(self._algorithm, data)
        answer = self._pool.ask(
            {"do": "sign", "mechanism": raw.mechanism, "data": raw.data.hex(), **self._wanted},
            name=self._name,
        )
        found = bytes.fromhex(str(answer["signature"]))
        signature = signature_value(self._algorithm, found, name=self._name)
        require_signature(
            self._public_key, self._algorithm, data=data, signature=signature, name=self._name
        )
        return signature

    @override
    def __repr__(self) -> str:
        return f"TokenKey(name={self._name!r}, algorithm={self._algorithm.value!r})"


def read_public_key(answer: Message, *, name: str) -> PublicKey:
    """The public key in a session's answer.

    Raises:
        KeyUnsupportedError: It is of a kind seals may not use.
        KeyGoneError: It makes no sense.
    """
    try:
        if "certificate" in answer:
            certificate = x509.load_der_x509_certificate(bytes.fromhex(answer["certificate"]))
            key: object = certificate.public_key()
        else:
            key = load_der_public_key(bytes.fromhex(answer["public_key"]))
    except (ValueError, KeyError) as error:
        raise KeyGoneError(name=name) from error
    if not isinstance(key, PublicKey):
        raise KeyUnsupportedError(name=name, kind=type(key).__name__)
    return key
