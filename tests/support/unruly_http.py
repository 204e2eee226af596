"""Every way in which a server can break HTTP, and TLS certificates for servers of tests."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from keys.http_port import HttpFailure
from tests.support.unruly_server import Behaviour, answering, silent

_PART = 1 << 16
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_PAUSE_S = 0.02


def _drips(before: bytes, octet: bytes) -> Behaviour:
    """Send one octet now and then, often enough for any timeout of a part."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(_PART)
        connection.sendall(before)
        while not over.wait(_PAUSE_S):
            connection.sendall(octet)

    return behave


def _floods(before: bytes, part: bytes) -> Behaviour:
    """Send as fast as it is taken, for ever."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(_PART)
        connection.sendall(before)
        while not over.is_set():
            connection.sendall(part)

    return behave


UNRULY: dict[str, tuple[Behaviour, HttpFailure]] = {
    "silence": (silent, HttpFailure.SLOW),
    "headers that drip": (_drips(_HEAD + b"X: ", b"a"), HttpFailure.SLOW),
    "headers, one after another, that drip": (
        _drips(b"HTTP/1.1 100 Continue\r\n", b"X: a\r\n"),
        HttpFailure.SLOW,
    ),
    "a body that drips": (_drips(_HEAD + b"\r\n[", b" "), HttpFailure.SLOW),
    "a body of known length that drips": (
        _drips(_HEAD + b"Content-Length: 4000\r\n\r\n", b" "),
        HttpFailure.SLOW,
    ),
    "chunks that drip": (
        _drips(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        HttpFailure.SLOW,
    ),
    "a body without end": (_floods(_HEAD + b"\r\n", b" " * _PART), HttpFailure.TOO_LARGE),
    "chunks without end": (
        _floods(
            _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * _PART + b"\r\n"
        ),
        HttpFailure.TOO_LARGE,
    ),
    "a header without end": (_floods(_HEAD + b"X: ", b"a" * _PART), HttpFailure.BROKEN),
    "headers without end": (_floods(_HEAD, b"X: a\r\n" * 1000), HttpFailure.BROKEN),
    "an answer that ends early": (
        answering(_HEAD + b"Content-Length: 500\r\n\r\n{}"),
        HttpFailure.BROKEN,
    ),
    "chunks that end early": (
        answering(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}"),
        HttpFailure.BROKEN,
    ),
    "a length below zero": (
        answering(_HEAD + b"Content-Length: -1\r\n\r\n{}"),
        HttpFailure.BROKEN,
    ),
    "two lengths": (
        answering(_HEAD + b"Content-Length: 2\r\nContent-Length: 1\r\n\r\n{}"),
        HttpFailure.BROKEN,
    ),
    "a length that is a word": (
        answering(_HEAD + b"Content-Length: two\r\n\r\n{}"),
        HttpFailure.BROKEN,
    ),
    "no HTTP": (answering(b"SSH-2.0-OpenSSH\r\n"), HttpFailure.BROKEN),
    "nothing": (answering(b""), HttpFailure.BROKEN),
}
"""Behaviours, and what the client calls each."""


def tls_server(folder: Path, *names: str) -> ssl.SSLContext:
    """Make a server's certificate for names or addresses; `ca.pem` in the folder trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server of a test")])
    now = datetime.now(UTC)  # noqa: TID251  TLS looks at the real clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(list(map(_general, names))), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
