"""A real certification authority: OpenSSL's own lists and OCSP responses, none of our code."""

import subprocess
from pathlib import Path

from cryptography import x509

from tests.support.tools import require_tool

_CONFIGURATION = """
[ca]
default_ca = authority
[authority]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = policy
crl_extensions = list
[policy]
commonName = supplied
[request]
distinguished_name = name
prompt = no
[name]
CN = placeholder
[list]
authorityKeyIdentifier = keyid
[ca_certificate]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[seal]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
[responder]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
1.3.6.1.5.5.7.48.1.5 = ASN1:NULL
[useless_responder]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
[end]
"""


class OpensslCa:
    """Issues, revokes, lists and answers, all through the OpenSSL command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "ca.cnf").write_text(_CONFIGURATION)
        (folder / "index.txt").touch()
        (folder / "index.txt.attr").write_text("unique_subject = no\n")
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        self._run(
            *("req", "-x509", "-config", "ca.cnf", "-extensions", "ca_certificate"),
            *("-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem"),
            *("-days", "30", "-subj", "/CN=OpenSSL CA"),
        )

    @property
    def certificate(self) -> x509.Certificate:
        """Its own."""
        return self.find("ca")

    def issue(self, name: str, *, extensions: str = "seal") -> x509.Certificate:
        """A certificate; its key stays in the folder."""
        self._run(
            *("req", "-new", "-config", "ca.cnf", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}"),
        )
        self._run(
            *("ca", "-batch", "-config", "ca.cnf", "-extensions", extensions, "-notext"),
            *("-in", f"{name}.csr", "-out", f"{name}.pem"),
        )
        return self.find(name)

    def revoke(self, name: str) -> None:
        """Revoke one now."""
        self._run("ca", "-config", "ca.cnf", "-revoke", f"{name}.pem")

    def revocation_list(self, *options: str) -> bytes:
        """The list as of now, DER."""
        self._run("ca", "-config", "ca.cnf", "-gencrl", "-out", "list.pem", *options)
        return self._run("crl", "-in", "list.pem", "-outform", "DER")

    def answer(self, request: bytes, *options: str, responder: str = "ca") -> bytes:
        """The OCSP response to a request."""
        (self._folder / "request").write_bytes(request)
        self._run(
            *("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-ndays", "7"),
            *("-rsigner", f"{responder}.pem", "-rkey", f"{responder}.key"),
            *("-reqin", "request", "-respout", "response", *options),
        )
        return (self._folder / "response").read_bytes()

    def forget(self, name: str) -> None:
        """Strike one from the register."""
        register = self._folder / "index.txt"
        lines = register.read_text().splitlines(keepends=True)
        register.write_text("".join(line for line in lines if f"/CN={name}" not in line))

    def find(self, name: str) -> x509.Certificate:
        """One that was issued."""
        return x509.load_pem_x509_certificate((self._folder / f"{name}.pem").read_bytes())

    def _run(self, *arguments: str) -> bytes:
        finished = subprocess.run(  # noqa: S603  # a list, no shell
            [require_tool("openssl"), *arguments],
            cwd=self._folder,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr.decode()
        return finished.stdout
