"""What a remote signing service (CSC API v2) says, when it is honest and when it lies.

It signs with `cryptography`; none of our protocol code is in it. `csc_listener` serves it.
"""

import base64
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message
from ipaddress import ip_address
from itertools import count
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from keys.algorithms import SignatureAlgorithm
from keys.generation import generate_private_key
from keys.signing_key import PrivateKey

CLIENT, SECRET, PIN = "certsvc & seals", "s3cret:ü", "8642"
_HASHES: dict[str, Any] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
}
Headers = Mapping[str, str] | Message
Answer = tuple[int, dict[str, Any]]
_PSS = "1.2.840.113549.1.1.10"


class CscServer:
    """The service: one key for each algorithm that signs a digest, named after it."""

    def __init__(self, *, mode: str = "implicit") -> None:
        self.mode = mode
        self.trouble = ""
        """What goes wrong with signHash; see `_Handler.sign`."""
        self.troubled = "signatures/signHash"
        """Which method it goes wrong with."""
        self.calls: list[str] = []
        self.faults: list[BaseException | None] = []
        """What the stand-in itself stumbled over; a test must leave it empty."""
        self.status = "enabled"
        self.tokens_valid = True
        self.release = threading.Event()
        self._keys: dict[str, PrivateKey] = {}
        self.other = ec.generate_private_key(ec.SECP256R1())
        self._tokens = 0
        self._numbers = count(1)
        self._activations: set[str | None] = set()

    def answer(self, method: str, headers: Headers, body: bytes) -> Answer:
        """What an honest service says."""
        if method == "oauth2/token":
            return self._token(headers, parse_qs(body.decode()))
        if headers["Authorization"] != f"Bearer token-{self._tokens}" or not self.tokens_valid:
            return 401, {"error": "invalid_token"}
        request = json.loads(body)
        key = self._key(request["credentialID"])
        if key is None:
            return 400, {"error": "invalid_credential"}
        if method == "credentials/info":
            return 200, self._info(request["credentialID"], key)
        if method == "credentials/authorize":
            return self._authorise(request)
        return self._sign(key, request)

    def _sign(self, key: PrivateKey, request: dict[str, Any]) -> Answer:
        if self.mode != "oauth2code":
            try:
                self._activations.remove(request.get("SAD"))  # good for one signature
            except KeyError:
                return 400, {"error": "invalid_sad"}
        return 200, {"signatures": [base64.b64encode(self.sign(key, request)).decode()]}

    def _key(self, credential: str) -> PrivateKey | None:
        if credential not in {each.value for each in SignatureAlgorithm}:
            return None
        if credential not in self._keys:
            self._keys[credential] = generate_private_key(SignatureAlgorithm(credential))
        return self._keys[credential]

    def _token(self, headers: Headers, form: dict[str, list[str]]) -> Answer:
        expected = base64.b64encode(b"certsvc%20%26%20seals:s3cret%3A%C3%BC").decode()
        if headers["Authorization"] != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if form["grant_type"] != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type"}
        self._tokens += 1
        self.tokens_valid = True
        return 200, {"access_token": f"token-{self._tokens}", "expires_in": 3600}

    def _info(self, name: str, key: PrivateKey) -> dict[str, Any]:
        certificate = base64.b64encode(certify(key, name).public_bytes(Encoding.DER)).decode()
        return {
            "key": {"status": self.status, "algo": [], "len": 0},
            "cert": {"status": "valid", "certificates": [certificate]},
            "auth": {"mode": self.mode},
            "multisign": 1,
        }

    def _authorise(self, request: dict[str, Any]) -> Answer:
        given = request.get("authData")
        if self.mode == "explicit" and given != [{"id": "PIN", "value": PIN}]:
            return 400, {"error": "invalid_pin"}
        assert request["numSignatures"] == len(request["hashes"]) == 1
        activation = f"sad-{next(self._numbers)}"
        self._activations.add(activation)
        return 200, {"SAD": activation, "expiresIn": 300}

    @staticmethod
    def sign(key: PrivateKey, request: dict[str, Any]) -> bytes:
        """Sign the one digest of a request."""
        (digest,) = request["hashes"]
        made, content = _HASHES[request["hashAlgorithmOID"]], base64.b64decode(digest)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(content, ec.ECDSA(Prehashed(made)))
        assert isinstance(key, rsa.RSAPrivateKey)
        pss = padding.PSS(padding.MGF1(made), made.digest_size)
        scheme = pss if request["signAlgo"] == _PSS else padding.PKCS1v15()
        assert ("signAlgoParams" in request) == (request["signAlgo"] == _PSS)
        return key.sign(content, scheme, Prehashed(made))

    def lie(self, honest: dict[str, Any], body: bytes) -> dict[str, Any]:
        """What the service says in its trouble instead, if it says anything well-formed."""
        signature = base64.b64decode(honest["signatures"][0]) if "signatures" in honest else b""
        forged = {
            "wrong": signature[:-1] + bytes([signature[-1] ^ 1]) if signature else b"",
            "short": signature[:-9],
            "empty": b"",
        }
        if self.trouble in forged:
            return {"signatures": [base64.b64encode(forged[self.trouble]).decode()]}
        if self.trouble == "other-key":
            made = self.sign(
                self.other, json.loads(body) | {"signAlgo": "", "hashAlgorithmOID": _SHA256}
            )
            return {"signatures": [base64.b64encode(made).decode()]}
        if self.trouble == "two":
            return {"signatures": honest["signatures"] * 2}
        return {"none": {}, "not-base64": {"signatures": ["*"]}}.get(self.trouble, honest)


_SHA256 = "2.16.840.1.101.3.4.2.1"


def certify(key: PrivateKey, name: str) -> x509.Certificate:
    """A certificate of a key, signed by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)  # noqa: TID251  TLS looks at the real clock
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, digest)
    )
