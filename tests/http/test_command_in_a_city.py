"""The main thread of commands as a city has it: settings in a file, PostgreSQL and an S3 server."""

import re
from pathlib import Path

import pytest

from certsvc.demonstration.district import APPROVAL_BUREAU, PASSWORD
from certsvc.demonstration.world import write_demonstration_settings
from certsvc.foundation.clock import SystemClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret
from certsvc.foundation.settings import SETTINGS_FILE
from certsvc.people.accounts.service import log_in
from tests.http.test_command import issue
from tests.support.batches import csv_of, row
from tests.support.command import Answer, run_command
from tests.support.s3 import Bucket


@pytest.fixture
def city(tmp_path: Path, postgres_url: str, bucket: Bucket) -> Path:
    """A home folder with nothing in it but where database and files are."""
    home = tmp_path / "home"
    write_demonstration_settings(home)
    file = home / SETTINGS_FILE
    places = {"database_url": postgres_url} | bucket.settings()
    lines = [f'{name} = "{value}"' for name, value in places.items()]
    # Before what is there: a table at its end would swallow them.
    file.write_text("\n".join([*lines, file.read_text("utf-8")]), "utf-8")
    return home


def succeed(home: Path, *arguments: str, **more: str) -> str:
    answer: Answer = run_command(home, *arguments, **more)
    assert answer.code == 0, (arguments, answer.err)
    return answer.out


def token_of(home: Path, database_url: str, login: str) -> str:
    database = Database(database_url)
    secret = LogInSecret.read_or_make(home / SECRET_FILE)
    now = SystemClock().now()
    token = log_in(database, secret=secret, name=login, password=PASSWORD, now=now).token
    database.close()
    return token


def test_the_main_thread(city: Path, postgres_url: str, bucket: Bucket, tmp_path: Path) -> None:
    succeed(city, "init", "--demonstration")
    succeed(city, "db", "status")

    paper = tmp_path / "paper.pdf"
    issued = issue(city, paper)
    assert issued.code == 0, issued.err
    assert "核验通过" in succeed(city, "verify", str(paper))

    rows = tmp_path / "rows.csv"
    rows.write_bytes(csv_of([row(0), row(1)]))
    papers = tmp_path / "papers.zip"
    succeed(city, "batch", str(rows), "--unit", APPROVAL_BUREAU, "--yes", "--out", str(papers))
    assert papers.stat().st_size
    assert "2/2" in succeed(city, "batch", "--list", "--lang", "en")

    identifier = re.search(r"1\.2\.156\.3005\.2\.[0-9A-Z.]+", issued.out)
    assert identifier
    handler = token_of(city, postgres_url, "handler.li")
    revoke = ("records", "revoke", identifier[0], "--reason-code", "unlawful", "--reason", "违规")
    succeed(city, *revoke, CERTSVC_TOKEN=handler, CERTSVC_RECORD_ENDS_BY_TWO="false")
    shown = succeed(city, "records", "show", identifier[0], CERTSVC_TOKEN=handler)
    assert "违规" in shown
    assert run_command(city, "verify", str(paper)).code == 1

    keeper = token_of(city, postgres_url, "seal.zhao")
    assert "data-sharing-seal" in succeed(city, "seals", "list", CERTSVC_TOKEN=keeper)
    assert "no-criminal-record" in succeed(city, "packs", "list")
    succeed(city, "packs", "versions", CERTSVC_TOKEN=token_of(city, postgres_url, "pack.sun"))
    succeed(city, "keys", "list")
    succeed(city, "sources", "check")
    assert "完好3" in "".join(succeed(city, "storage", "check").split())
    succeed(city, "db", "check-log")

    assert len(bucket.keys()) == 3
    assert not (city / "objects").exists()
    assert list(city.glob("certsvc*.db")) == [], "nothing of the service is kept in a file"
