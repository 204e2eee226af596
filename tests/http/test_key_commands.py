"""`certsvc keys`: keys and ceremonies at the command line, on a real token."""

import json
import os
import pty
import pwd
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certsvc.demonstration.district import PASSWORD
from keys.errors import KeyLockedError
from keys.uri import open_key
from tests.http.test_command import assert_refused
from tests.support.command import ROOT, Answer, environment, run_command, run_process
from tests.support.soft_token import PIN, SoftToken
from tests.support.tools import require_tool

OPERATOR = pwd.getpwuid(os.getuid()).pw_name
APPROVERS = ("seal.zhao", "seal.qian")
BROUGHT = {"data-sharing-seal", "department-verification-seal"}
"""Keys of the demonstration's own seals."""


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftToken]:
    made = SoftToken(tmp_path / "hsm")
    made.use(monkeypatch)
    return made


def keys(home: Path, *arguments: str) -> Answer:
    return run_command(home, "keys", *arguments)


def rows(home: Path) -> dict[str, dict[str, object]]:
    """The keys of the register that the demonstration did not bring."""
    answer = keys(home, "list", "--json")
    assert answer.code == 0, answer.err
    listed = {row["name"]: row for row in json.loads(answer.out)}
    return {name: row for name, row in listed.items() if name not in BROUGHT}


def issue_certificate(request_pem: bytes, *, days: int = 365) -> bytes:
    """What an authority answers to a request."""
    request = x509.load_pem_x509_csr(request_pem)
    assert request.is_signature_valid
    authority = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)  # noqa: TID251  the command goes by the machine's clock
    return (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")]))
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(authority, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def test_the_life_of_a_key_on_a_token(home: Path, token: SoftToken, tmp_path: Path) -> None:
    uri = token.uri("sharing-1")
    assert keys(home, "generate", "sharing-1", "--at", uri).code == 0
    assert rows(home)["sharing-1"]["state"] == "without-certificate"

    request = tmp_path / "sharing-1.csr"
    subject = ("--common-name", "查询核验专用章", "--organisation", "示范区人民政府")
    answer = keys(home, "csr", "sharing-1", *subject, "--out", str(request))
    assert answer.code == 0, answer.err
    chain = tmp_path / "chain.pem"
    chain.write_bytes(issue_certificate(request.read_bytes(), days=30))
    answer = keys(home, "import-certificate", "sharing-1", str(chain))
    assert answer.code == 0, answer.err
    assert rows(home)["sharing-1"]["state"] == "expires-soon"
    assert rows(home)["sharing-1"]["days_left"] in {29, 30}
    listed = keys(home, "list").out
    assert "sharing-1" in listed
    assert "请尽快更换" in listed

    answer = keys(home, "rotate", "sharing-1", "sharing-2")
    assert answer.code == 0, answer.err
    assert rows(home)["sharing-1"]["successor"] == "sharing-2"
    assert open_key(token.uri("sharing-2")).sign(b"data")

    assert_refused(
        keys(home, "destroy", "sharing-1", "--confirm", "sharing-2", "--reason", "换证"),
        "custody.confirmation-missing",
    )
    destroy = ("destroy", "sharing-1", "--confirm", "sharing-1", "--reason", "换证")
    assert keys(home, *destroy).code == 0
    assert rows(home)["sharing-1"]["state"] == "destroyed"
    assert_refused(keys(home, *destroy), "custody.key-destroyed")
    with token.administration() as administration:
        assert [key.label for key in administration.all_keys()] == ["sharing-2"]


def test_a_key_file_is_made_encrypted_and_the_owners_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("long and secret")
    at = f"file:{tmp_path}/seal.key?passphrase-file={tmp_path}/passphrase"
    made = keys(home, "generate", "seal-1", "--at", at, "--algorithm", "rsa2048-pkcs1-sha256")
    assert made.code == 0, made.err
    path = tmp_path / "seal.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    assert keys(home, "rotate", "seal-1", "seal-2").code == 0
    assert open_key(at.replace("seal.key", "seal-2.key")).sign(b"data")
    assert_refused(keys(home, "generate", "seal-3", "--at", at), "custody.name-taken")
    other = at.replace("seal.key", "other.key")
    (tmp_path / "other.key").write_text("somebody's")
    assert_refused(keys(home, "generate", "seal-3", "--at", other), "key.exists")
    assert (tmp_path / "other.key").read_text() == "somebody's"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("generate", "Upper", "--at", "file:/x"), "custody.name-invalid"),
        (("generate", "a", "--at", "pkcs11:token=x"), "key.uri-invalid"),
        (("generate", "a", "--at", "pkcs11:object=x;pin-value=1"), "key.uri-invalid"),
        (("generate", "a", "--at", "csc+https://sign.example/csc/v2"), "key.uri-invalid"),
        (("generate", "a", "--at", "file:/nowhere/at/all/x.key"), "key.locked"),
        (("csr", "a", "--common-name", "x", "--organisation", "y", "--out"), "custody.key-unknown"),
        (("rotate", "a", "b"), "custody.key-unknown"),
        (("destroy", "a", "--confirm", "a", "--reason", "x"), "custody.key-unknown"),
    ],
)
def test_what_is_refused(home: Path, tmp_path: Path, arguments: tuple[str, ...], code: str) -> None:
    if arguments[-1] == "--out":
        arguments = (*arguments, str(tmp_path / "out.csr"))
    assert_refused(keys(home, *arguments), code)


def test_a_certificate_of_another_key_is_refused(
    home: Path, token: SoftToken, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        assert keys(home, "generate", name, "--at", token.uri(name)).code == 0
    request = tmp_path / "one.csr"
    subject = ("--common-name", "章", "--organisation", "区")
    assert keys(home, "csr", "one", *subject, "--out", str(request)).code == 0
    for days, name in ((365, "two"), (-1, "one")):
        (tmp_path / "chain.pem").write_bytes(
            issue_certificate(request.read_bytes(), days=days)
            if days > 0
            else b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        )
        assert_refused(
            keys(home, "import-certificate", name, str(tmp_path / "chain.pem")),
            "custody.certificate-unusable",
        )


def write_ceremony(
    folder: Path, token: SoftToken, *, number: str = "2026-001", more: str = ""
) -> Path:
    path = folder / f"{number}.toml"
    path.write_text(
        f"""
number = "{number}"
title = "示范区专用章密钥"
operator = "{OPERATOR}"
approvers = ["seal.zhao", "seal.qian"]
protocol_key = "sharing-1"

[[step]]
action = "generate"
key = "sharing-1"
at = "{token.uri("sharing-1")}"
algorithm = "ecdsa-p256-sha256"

[[step]]
action = "request"
key = "sharing-1"
common_name = "查询核验专用章"
organisation = "示范区人民政府"
{more}""",
        encoding="utf-8",
    )
    return path


def approve(home: Path, path: Path, login: str, password: str = PASSWORD) -> Answer:
    """Approve as a person does, typing the password."""
    approving = ("keys", "approve", str(path), "--as", login)
    looked = run_command(home, *approving)
    assert_refused(looked, "approvals.not-shown")
    shown = re.findall(r"--shown ([0-9a-f]{64})", looked.err)[-1]
    return run_command(home, *approving, "--shown", shown, typed=password)


def test_a_ceremony_needs_its_people_and_happens_once(
    home: Path, token: SoftToken, tmp_path: Path
) -> None:
    path, out = write_ceremony(tmp_path, token), tmp_path / "out"
    perform = ("ceremony", str(path), "--out", str(out))
    assert_refused(keys(home, *perform), "custody.ceremony-unapproved")
    assert_refused(approve(home, path, "seal.zhao", "wrong"), "organisations.log-in-refused")
    assert_refused(approve(home, path, "clerk.wang"), "organisations.permission-denied")
    for _ in range(2):  # one person twice is still one person
        assert approve(home, path, "seal.zhao").code == 0
    assert_refused(keys(home, *perform), "custody.ceremony-unapproved")
    assert not out.exists()
    assert rows(home) == {}

    assert approve(home, path, "seal.qian").code == 0
    answer = keys(home, *perform)
    assert answer.code == 0, answer.err
    assert rows(home)["sharing-1"]["ceremony"]
    request = x509.load_pem_x509_csr((out / "sharing-1.csr").read_bytes())
    assert request.is_signature_valid
    checked = subprocess.run(  # noqa: S603  a list, no shell
        [
            *(require_tool("openssl"), "dgst", "-sha256", "-verify", out / "protocol-key.pem"),
            *("-signature", out / "protocol.sig", out / "protocol.json"),
        ],
        check=False,
        capture_output=True,
    )
    assert checked.stdout == b"Verified OK\n"
    protocol = json.loads((out / "protocol.json").read_bytes())
    assert protocol["outcome"] == "done"
    assert [each["approver"] for each in protocol["approvals"]] == [
        "staff:seal.qian",
        "staff:seal.zhao",
    ]
    assert [(s["action"], s["outcome"]) for s in protocol["steps"]] == [
        ("generate", "done"),
        ("request", "done"),
    ]
    assert protocol["steps"][0]["details"]["place"]["label"] == token.label
    assert PIN not in json.dumps(protocol)

    again = ("ceremony", str(path), "--out", str(tmp_path / "again"))
    assert_refused(keys(home, *again), "custody.ceremony-done")
    same_number = write_ceremony(tmp_path, token, more="# another text, the same number\n")
    for login in APPROVERS:
        approve(home, same_number, login)
    assert_refused(keys(home, *again), "custody.ceremony-done")


def test_a_changed_file_is_approved_anew(home: Path, token: SoftToken, tmp_path: Path) -> None:
    path = write_ceremony(tmp_path, token)
    for login in APPROVERS:
        assert approve(home, path, login).code == 0
    path.write_text(path.read_text().replace("p256-sha256", "p384-sha384"))
    assert_refused(
        keys(home, "ceremony", str(path), "--out", str(tmp_path / "out")),
        "custody.ceremony-unapproved",
    )


def test_a_ceremony_that_fails_says_where_and_is_on_record(
    home: Path, token: SoftToken, tmp_path: Path
) -> None:
    step = f"""
[[step]]
action = "generate"
key = "second"
at = "{token.uri("sharing-1", **{"x-sessions": "2"})}"
algorithm = "ecdsa-p256-sha256"
"""
    path = write_ceremony(tmp_path, token, more=step)
    for login in APPROVERS:
        assert approve(home, path, login).code == 0
    answer = keys(home, "ceremony", str(path), "--out", str(tmp_path / "out"))
    assert_refused(answer, "custody.ceremony-failed")
    assert "3" in answer.err
    with sqlite3.connect(home / "certsvc.db") as database:
        (found,) = database.execute("SELECT outcome, protocol, signature_base64 FROM ceremony_ends")
    database.close()
    assert found[0] == "failed"
    assert json.loads(found[1])["steps"][2]["details"]["error"] == "key.exists"
    assert found[2], "what was made can still sign how it ended"
    out = tmp_path / "protocol"
    answer = keys(home, "protocol", "2026-001", "--out", str(out))
    assert answer.code == 0, answer.err
    assert {path.name for path in out.iterdir()} == {
        *("protocol.json", "protocol.sig", "protocol-key.pem", "sharing-1.csr")
    }
    assert json.loads((out / "protocol.json").read_bytes())["outcome"] == "failed"
    assert_refused(
        keys(home, "protocol", "2026-002", "--out", str(tmp_path / "x")), "custody.ceremony-unknown"
    )


@pytest.mark.parametrize(
    "change",
    [
        ('approvers = ["seal.zhao", "seal.qian"]', 'approvers = ["seal.zhao"]'),
        ('approvers = ["seal.zhao", "seal.qian"]', 'approvers = ["seal.zhao", "Seal.Zhao"]'),
        ('approvers = ["seal.zhao", "seal.qian"]', "approvers = 2"),
        ('action = "generate"', 'action = "export"'),
        ('algorithm = "ecdsa-p256-sha256"', 'algorithm = "sm9"'),
        ('algorithm = "ecdsa-p256-sha256"', 'algorithm = "ecdsa-p256-sha256"\npin = "1234"'),
        ("[[step]]", "[[steps]]"),
        ('title = "示范区专用章密钥"', ""),
        ("number", "number ="),
        ('key = "sharing-1"', 'key = "../x"'),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(
    home: Path, token: SoftToken, tmp_path: Path, change: tuple[str, str]
) -> None:
    path = write_ceremony(tmp_path, token)
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    answer = keys(home, "ceremony", str(path), "--out", str(tmp_path / "out"))
    assert answer.code == 1
    assert "custody.ceremony-invalid" in answer.err or "custody.name-invalid" in answer.err
    assert rows(home) == {}


def test_a_passphrase_is_typed_unseen_at_a_terminal(home: Path, tmp_path: Path) -> None:
    command = ("keys", "generate", "typed", "--at", f"file:{tmp_path}/typed.key")
    seen = at_a_terminal(home, *command, typed="correct horse\n", prompt="typed.key")
    assert "已生成密钥 typed" in seen
    assert "correct horse" not in seen
    uri = f"file:{tmp_path}/typed.key"
    assert open_key(uri, ask=lambda _: "correct horse").sign(b"data")
    with pytest.raises(KeyLockedError):
        open_key(uri)


def at_a_terminal(home: Path, *arguments: str, typed: str, prompt: str) -> str:
    """Run `certsvc` at a terminal of its own, type something at its prompt; what was seen."""
    process, terminal = pty.fork()
    if process == 0:
        variables = environment(home, PYTHONPATH=str(ROOT))
        command = [sys.executable, "-m", "api.cli.main", *arguments]
        os.execve(sys.executable, command, variables)  # noqa: S606  our own command
    seen = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
        if prompt.encode() in part and typed:
            os.write(terminal, typed.encode())
            typed = ""
    os.waitpid(process, 0)
    os.close(terminal)
    return seen.decode()


def test_serve_unlock_needs_a_terminal(home: Path, tmp_path: Path) -> None:
    answer = run_process(home, "serve", "--port", "0", "--unlock", folder=tmp_path)
    assert_refused(answer, "cli.no-terminal")
