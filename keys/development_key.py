"""A key that lives in memory only, for demonstrations and tests."""

import warnings

from typing_extensions import override

from keys.algorithms import SignatureAlgorithm
from keys.generation import generate_private_key
from keys.signing_key import PublicKey, sign_in_process


class DevelopmentWarning(UserWarning):
    """A stand-in is in use; production settings turn this into a refusal."""


class DevelopmentKey:
    """A generated, unprotected :class:`~keys.signing_key.SigningKey`."""

    def __init__(self, algorithm: SignatureAlgorithm = SignatureAlgorithm.P_256) -> None:
        warnings.warn(
            "DevelopmentKey: seals made with it prove nothing", DevelopmentWarning, stacklevel=2
        )
        self._algorithm = algorithm
        self._key = generate_private_key(algorithm)
        self._public_key = self._key.public_key()

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
        return sign_in_process(self._key, self._algorithm, data)

    @override
    def __repr__(self) -> str:
        return f"DevelopmentKey(algorithm={self._algorithm.value!r})"
