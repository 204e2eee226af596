"""What every SigningKey does, whoever provides it."""

import atexit
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    pkcs12,
)

from keys.algorithms import SignatureAlgorithm, algorithm_of
from keys.csc_protocol import SIGNS_NO_DIGEST
from keys.csc_services import SERVICES
from keys.errors import KeyUnsupportedError
from keys.file_key import FileKey
from keys.generation import generate_private_key
from keys.passphrases import GivenPassphrase
from keys.signing_key import SigningKey
from keys.uri import open_key
from tests.support.csc_listener import serve
from tests.support.csc_server import CLIENT, SECRET, CscServer
from tests.support.http_out import HTTP
from tests.support.seals import ALGORITHMS, demonstration_pki, development_key
from tests.support.soft_token import full_token

_SECRET = "of a key made here"  # noqa: S105  # and thrown away


def _from_file(slug: str, _: Path) -> SigningKey:
    return open_key(demonstration_pki().seals[slug].key_uri)


def _from_pkcs12(slug: str, folder: Path) -> SigningKey:
    key = generate_private_key(ALGORITHMS[slug])
    encryption = BestAvailableEncryption(_SECRET.encode())
    path = folder / "seal.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, None, None, encryption))
    return FileKey.load(
        path, passphrase=GivenPassphrase(passphrase=_SECRET), pss=ALGORITHMS[slug].is_pss
    )


def _from_memory(slug: str, _: Path) -> SigningKey:
    return development_key(ALGORITHMS[slug])


def _from_token(slug: str, _: Path) -> SigningKey:
    algorithm = ALGORITHMS[slug]
    padding = "pss" if algorithm.is_pss else "pkcs1"
    return open_key(full_token().uri(algorithm.value, **{"x-rsa-padding": padding}))


def _from_service(slug: str, folder: Path) -> SigningKey:
    algorithm = ALGORITHMS[slug]
    secret = folder / "secret"
    secret.write_text(SECRET)
    SERVICES.reach_through(HTTP)
    padding = "pss" if algorithm.is_pss else "pkcs1"
    return open_key(
        f"{_running_service()}?credential={algorithm.value}&client-id={quote(CLIENT)}"
        f"&secret-file={secret}&rsa-padding={padding}"
    )


@cache
def _running_service() -> str:
    """One for the whole run."""
    running = ExitStack()
    atexit.register(running.close)
    return running.enter_context(serve(CscServer()))


_PROVIDERS = (_from_file, _from_pkcs12, _from_memory, _from_token, _from_service)
# A service signs digests, and Ed25519 has none.
_IMPOSSIBLE = {(_from_service, "ed25519")}


@pytest.fixture(
    params=[
        (provider, slug)
        for provider in _PROVIDERS
        for slug in ALGORITHMS
        if (provider, slug) not in _IMPOSSIBLE
    ],
    ids=lambda pair: f"{pair[0].__name__}-{pair[1]}",
)
def key(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SigningKey:
    provider, slug = request.param
    if provider is _from_token:
        full_token().use(monkeypatch)
    made: SigningKey = provider(slug, tmp_path)
    assert made.algorithm is ALGORITHMS[slug]
    return made


def _verify(key: SigningKey, signature: bytes, data: bytes) -> None:
    if isinstance(key.public_key, ed25519.Ed25519PublicKey):
        key.public_key.verify(signature, data)
        return
    # Over a digest made elsewhere, so that a wrong digest name cannot cancel itself out.
    digest = hashlib.new(key.algorithm.digest_name, data).digest()
    kind: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}
    made = Prehashed(kind[key.algorithm.digest_name])
    if isinstance(key.public_key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(made._algorithm), made.digest_size)
        scheme = pss if key.algorithm.is_pss else padding.PKCS1v15()
        key.public_key.verify(signature, digest, scheme, made)
    else:
        key.public_key.verify(signature, digest, ec.ECDSA(made))


@pytest.mark.parametrize("data", [b"", b"x", bytes(100_000)], ids=len)
def test_signs_what_its_public_key_verifies(key: SigningKey, data: bytes) -> None:
    signature = key.sign(data)
    _verify(key, signature, data)
    with pytest.raises(InvalidSignature):
        _verify(key, signature, data + b"!")
    assert len(signature) <= key.algorithm.signature_size_limit


def test_its_algorithm_is_that_of_its_public_key(key: SigningKey) -> None:
    found = algorithm_of(key.public_key, name="key", pss=key.algorithm.is_pss)
    assert found is key.algorithm
    assert key.algorithm.is_rsa == isinstance(key.public_key, rsa.RSAPublicKey)


def test_signs_from_several_threads(key: SigningKey) -> None:
    messages = [f"{number}".encode() for number in range(16)]
    with ThreadPoolExecutor(4) as pool:
        for message, signature in zip(messages, pool.map(key.sign, messages), strict=True):
            _verify(key, signature, message)


def test_says_its_algorithm_and_nothing_secret(key: SigningKey) -> None:
    assert key.algorithm.value in repr(key)
    assert _SECRET not in repr(key)


def test_ed25519_is_refused_by_a_service(tmp_path: Path) -> None:
    """Although the service has such a key: its method carries digests, and Ed25519 has none."""
    with pytest.raises(KeyUnsupportedError) as refused:
        _from_service("ed25519", tmp_path)
    assert refused.value.params["reason"] == SIGNS_NO_DIGEST


def test_every_algorithm_is_under_contract() -> None:
    assert set(ALGORITHMS.values()) == set(SignatureAlgorithm)
