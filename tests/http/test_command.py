"""The command `certsvc`: results, exit codes, and one clear sentence for everything wrong."""

import json
import os
import re
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from certsvc.demonstration.district import APPROVAL_BUREAU, TALENT_MATTER
from certsvc.demonstration.people import make_residents
from tests.support.broken_files import (
    changed,
    empty_file,
    pdf_of_pages,
    zip_named_pdf,
)
from tests.support.command import ROOT, Answer, run_command, run_process

RESIDENT = make_residents()[0].identity_number


def issuing(out: Path, **changes: str) -> list[str]:
    options = {
        "--type": "no-criminal-record",
        "--holder": RESIDENT,
        "--unit": APPROVAL_BUREAU,
        "--matter": TALENT_MATTER,
        "--purpose": "申领人才住房补贴",
        "--out": str(out),
    }
    options |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return ["issue", *(part for pair in options.items() for part in pair)]


def issue(home: Path, out: Path, *more: str, **changes: str) -> Answer:
    return run_command(home, *issuing(out, **changes), *more)


def log_entries(home: Path) -> int:
    found = re.search(r"\d+", run_command(home, "db", "check-log").out)
    assert found
    return int(found[0])


def assert_refused(answer: Answer, code: str, exit_code: int = 1) -> None:
    assert answer.code == exit_code, (answer.out, answer.err)
    assert f"（{code}）" in answer.err or f"({code})" in answer.err
    assert "Traceback" not in answer.err
    errors = [line for line in answer.err.splitlines() if code in line]
    assert len(errors) == 1
    assert errors[0].split("：", 1)[-1].strip() != code


@pytest.fixture
def sealed(home: Path, tmp_path: Path) -> Path:
    out = tmp_path / "certificate.pdf"
    answer = issue(home, out)
    assert answer.code == 0, answer.err
    return out


def test_the_number_may_come_by_standard_input(home: Path, tmp_path: Path) -> None:
    arguments = issuing(tmp_path / "certificate.pdf", holder="-")
    done = run_command(home, *arguments, typed=f"{RESIDENT}\n")
    assert done.code == 0, done.err
    assert_refused(run_command(home, *arguments, "--force"), "codes.holder-invalid")


def test_issuing_tells_nine_steps_and_writes_a_file_that_verifies(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "证明.pdf"
    answer = issue(home, out)
    assert answer.code == 0, answer.err
    assert [f"{number}/9" in answer.err for number in range(1, 10)] == [True] * 9
    assert answer.err.count("演示替身") == 1
    assert "DevelopmentWarning" not in answer.err
    assert "1.2.156.3005.2." in answer.out
    assert list(tmp_path.glob(".证明*")) == []
    check = run_command(home, "verify", str(out))
    assert (check.code, "核验通过" in check.out) == (0, True)


def test_a_file_is_never_overwritten_unless_told(home: Path, sealed: Path) -> None:
    before = sealed.read_bytes()
    logged = log_entries(home)
    assert_refused(issue(home, sealed), "cli.out-exists")
    assert sealed.read_bytes() == before
    assert log_entries(home) == logged, "refused after it was issued"
    assert issue(home, sealed, "--force").code == 0
    assert sealed.read_bytes() != before


def test_the_same_key_gives_the_same_file(home: Path, tmp_path: Path) -> None:
    files = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for file in files:
        assert issue(home, file, idempotency_key="k").code == 0
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "marriage"}, "catalogue.type-unknown"),
        ({"holder": "990101200001010019"}, "sources.holder-not-found"),
        ({"holder": "x'; --"}, "codes.holder-invalid"),
        ({"matter": "firearms-licence"}, "catalogue.matter-excluded"),
        ({"unit": "0" * 18}, "organisations.unit-unknown"),
        ({"purpose": ""}, "issuance.purpose-missing"),
        ({"purpose": "a\x07b"}, "issuance.purpose-invalid"),
    ],
)
def test_a_request_that_cannot_be_served(
    home: Path, tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    out = tmp_path / "x.pdf"
    answer = issue(home, out, **changes)
    assert_refused(answer, code)
    assert not out.exists()


def test_a_folder_that_is_not_there_is_told_before_anything_is_issued(
    home: Path, tmp_path: Path
) -> None:
    logged = log_entries(home)
    assert_refused(issue(home, tmp_path / "no" / "x.pdf"), "cli.out-unwritable")
    assert log_entries(home) == logged


def test_english_is_spoken_when_asked_for(home: Path, tmp_path: Path) -> None:
    option = issue(home, tmp_path / "x.pdf", "--lang", "en", type="marriage")
    assert "Error (catalogue.type-unknown): The catalogue has no" in option.err
    variable = run_command(home, "db", "status", CERTSVC_LANG="en")
    assert "Schema of the database" in variable.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["issue"], "cli.usage.missing"),
        (["issue", "--tipe", "x"], "cli.usage.unknown-option"),
        (["serve", "--port", "99999"], "cli.usage.bad-choice"),
        (["frobnicate"], "cli.usage.other"),
        (["--lang", "fr", "packs", "list"], "cli.usage.bad-choice"),
        (["issue", "--holder-kind", "x"], "cli.usage.bad-choice"),
        (["verify"], "cli.usage.missing"),
    ],
)
def test_a_command_that_is_not_understood(home: Path, arguments: list[str], code: str) -> None:
    assert_refused(run_command(home, *arguments), code, exit_code=2)


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--lang", "fr", "packs", "list"], "zh, en"),
        (["issue", "--holder-kind", "x"], "001, 099, 111"),
        (["serve", "--port", "99999"], "0…65535"),
    ],
)
def test_a_wrong_value_is_answered_with_the_allowed_ones(
    home: Path, arguments: list[str], allowed: str
) -> None:
    assert allowed in run_command(home, *arguments).err


def test_a_name_of_a_file_cannot_steer_the_terminal(home: Path, sealed: Path) -> None:
    name = b"a\x1b[31m\n\xff" + "\u202e\u009b.pdf".encode()
    hostile = sealed.parent / os.fsdecode(name)
    hostile.write_bytes(sealed.read_bytes())
    told = run_command(home, "verify", str(hostile))
    assert told.code == 0
    first = told.out.splitlines()[0]
    assert r"a\u001b[31m\n\udcff\u202e\u009b.pdf: " in first
    as_json = run_command(home, "verify", "--json", str(hostile))
    assert json.loads(as_json.out)["file"] == str(hostile)
    assert not set(as_json.out + told.out) & set("\x1b\u202e\u009b\udcff")
    missing = run_command(home, "verify", str(hostile) + "x")
    assert "\x1b" not in missing.err
    assert_refused(missing, "cli.file-missing")


def test_a_name_cannot_spell_out_an_escape(home: Path, sealed: Path) -> None:
    spelled = sealed.parent / r"a\u202eb\n.pdf"
    spelled.write_bytes(sealed.read_bytes())
    told = run_command(home, "verify", str(spelled))
    assert told.code == 0
    assert r"/a\\u202eb\\n.pdf: " in told.out.splitlines()[0]
    as_json = run_command(home, "verify", "--json", str(spelled))
    assert json.loads(as_json.out)["file"] == str(spelled)
    missing = run_command(home, "verify", str(spelled) + "x")
    assert r"a\\u202eb\\n.pdfx" in missing.err
    assert_refused(missing, "cli.file-missing")


def test_lists_in_json_are_json_alone(home: Path) -> None:
    for arguments in (
        ("keys", "list", "--json"),
        ("packs", "check", "no-criminal-record", "--json"),
    ):
        answer = run_command(home, *arguments)
        assert answer.code == 0, answer.err
        assert isinstance(json.loads(answer.out), list | dict)
        assert answer.out.count("\n") == 1


def test_json_is_json_where_the_terminal_has_no_chinese(home: Path, sealed: Path) -> None:
    variables = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = run_process(home, "verify", "--json", str(sealed), folder=home, **variables)
    assert answer.out.isascii()
    assert json.loads(answer.out)["title"] == "核验通过"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (empty_file(), "empty.pdf"),
        (zip_named_pdf(), "zip.pdf"),
        (pdf_of_pages(10_000), "pages.pdf"),
        (pdf_of_pages(1), "unsealed.pdf"),
    ],
)
def test_a_file_that_is_no_certificate(
    home: Path, tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answer = run_command(home, "verify", str(path))
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert "核验通过" not in answer.out
    assert "✗" in answer.out


def test_one_bad_file_among_good_ones_fails_all(home: Path, sealed: Path) -> None:
    tampered = sealed.with_name("tampered.pdf")
    tampered.write_bytes(changed(sealed.read_bytes()))
    missing = sealed.with_name("missing.pdf")
    answer = run_command(home, "verify", "--json", *map(str, (sealed, tampered, missing)))
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.code == 1
    assert [line.get("verdict") for line in lines] == ["TOTAL-PASSED", "TOTAL-FAILED", None]
    assert [line.get("answer") for line in lines] == ["authentic", "not_authentic", None]
    assert lines[0]["level"] == "PAdES-BASELINE-LT"
    assert lines[0]["seals"][0]["name"]
    assert {"name", "outcome", "text"} <= set(lines[0]["checks"][0])
    assert lines[1]["sub_indication"] in {"HASH_FAILURE", "FORMAT_FAILURE"}
    assert lines[2]["error"]["code"] == "cli.file-missing"


def test_given_roots_need_no_installation(home: Path, sealed: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    root = home / "trust.pem"
    assert run_command(nowhere, "verify", "--trust", str(root), str(sealed)).code == 0
    assert_refused(run_command(nowhere, "verify", str(sealed)), "cli.no-trust")
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    answer = run_command(nowhere, "verify", "--trust", str(bad), str(sealed))
    assert_refused(answer, "signing.trust-unreadable")
    assert not nowhere.exists()


def test_a_folder_and_a_missing_file_are_named(home: Path, tmp_path: Path) -> None:
    assert_refused(run_command(home, "verify", str(tmp_path)), "cli.file-is-folder")
    assert_refused(run_command(home, "verify", "nothing.pdf"), "cli.file-missing")


def test_without_an_installation_nothing_is_guessed(tmp_path: Path) -> None:
    for arguments in (["init"], ["serve"], ["db", "status"]):
        assert_refused(run_command(tmp_path / "none", *arguments), "cli.not-initialised")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert_refused(run_command(file / "home", "init", "--demonstration"), "cli.home-unusable")


def test_a_production_home_becomes_no_demonstration(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'mode = "production"\npublic_url = "https://certs.example"\n'
        'timestamp_urls = ["https://tsa.example"]\n'
    )
    answer = run_command(tmp_path, "demo", "--no-serve")
    assert_refused(answer, "cli.not-demonstration")


def test_settings_that_are_wrong_are_named(home: Path) -> None:
    (home / "settings.toml").write_text('mode = "demonstration"\nsurplus = 1\n')
    answer = run_command(home, "db", "status")
    assert_refused(answer, "settings.invalid")
    assert "surplus" in answer.err


def test_an_old_schema_is_told_before_serving(home: Path) -> None:
    with sqlite3.connect(home / "certsvc.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    serving = run_process(home, "serve", "--port", "0", folder=home)
    assert_refused(serving, "db.schema-out-of-date")
    assert_refused(run_command(home, "db", "status"), "db.schema-out-of-date")


def test_a_taken_port_is_told(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = run_process(home, "serve", "--port", port, folder=home)
        assert_refused(answer, "cli.port-in-use")


def test_a_log_that_was_changed_is_found(home: Path, sealed: Path) -> None:
    assert sealed.exists()
    assert log_entries(home) > 0
    with sqlite3.connect(home / "certsvc.db") as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE log_entries SET actor = 'machine:nobody'")
    connection.close()
    assert_refused(run_command(home, "db", "check-log"), "transparency.log-broken")


def test_packs_are_listed_and_checked_without_an_installation(tmp_path: Path) -> None:
    listed = run_command(tmp_path, "packs", "list")
    assert "no-criminal-record" in listed.out
    assert "社会保险参保证明" in listed.out
    checked = run_command(tmp_path, "packs", "check", "no-criminal-record")
    assert checked.code == 0, checked.out + checked.err
    assert list(tmp_path.iterdir()) == []


def test_a_bad_pack_fails_the_check_of_all(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    for code in ("no-criminal-record", "household"):
        shutil.copytree(ROOT / "templates" / "packs" / code, packs / code)
    shutil.copytree(ROOT / "templates" / "packs" / "_house", packs / "_house")
    (packs / "no-criminal-record" / "expected.txt").write_text("something else")
    answer = run_command(tmp_path, "packs", "check", CERTSVC_PACKS_DIR=str(packs))
    assert answer.code == 1
    assert "template.lint.text-differs" in answer.out
    assert "expected.txt" in answer.out
    assert "household" in answer.out
