"""What the service depends on fails: a clear problem, nothing given out, nothing lost."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.records import Issuance
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.objects import ObjectDigest, StoreUnavailableError
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealAction
from tests.support.visitors import Visitor
from tests.support.world import NOW

COPIES = "/api/v1/certificates"
KEY = {"Idempotency-Key": "application-1"}


def issue(visitor: Visitor, clerk: dict[str, str]) -> tuple[int, str, str]:
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=clerk | KEY)
    english = visitor.client.post(
        COPIES, json=visitor.request(), headers=clerk | KEY | {"Accept-Language": "en"}
    )
    problem = answer.json()
    if answer.status_code >= 400:
        assert problem["detail"] not in {problem["code"], english.json()["detail"]}
        assert english.json()["code"] == problem["code"]
    if answer.status_code == 503:
        assert answer.headers["retry-after"].isdigit()
    return answer.status_code, problem.get("code", ""), answer.text


def published(visitor: Visitor) -> int:
    with visitor.world.services.database.transaction() as session:
        rows = session.scalars(select(Extraction).where(Extraction.object_sha256.is_not(None)))
        return len(rows.all())


@pytest.mark.both_engines
def test_a_stopped_seal_is_a_refusal(visitor: Visitor) -> None:
    world, clerk = visitor.world, visitor.clerk()
    proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
    with world.services.database.transaction() as session:
        change = propose_change(
            session,
            seal_id="data-sharing-seal",
            action=SealAction.STOP,
            reason="例行",
            actor=proposer,
            now=NOW,
        )
        world.approve(
            session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
        )
    assert issue(visitor, clerk)[:2] == (409, "seals.not-in-use")
    assert published(visitor) == 0


@pytest.mark.both_engines
def test_a_locked_key_stops_only_until_it_is_unlocked(visitor: Visitor, tmp_path: Path) -> None:
    clerk, passphrase = visitor.clerk(), tmp_path / "passphrase"
    right = _move_passphrase(visitor, passphrase)
    passphrase.write_text("wrong")
    assert issue(visitor, clerk)[:2] == (503, "key.locked")
    assert published(visitor) == 0
    passphrase.write_text(right)
    assert issue(visitor, clerk)[0] == 201
    assert published(visitor) == 1


def _move_passphrase(visitor: Visitor, path: Path) -> str:
    """Let the seal's passphrase be in a file of the test's own; return the right one."""
    seal_id = "data-sharing-seal"
    with visitor.world.services.database.reading() as session:
        uri = session.get_one(Seal, seal_id).key_uri
    shared = uri.partition("passphrase-file=")[2]
    own = uri.replace(f"passphrase-file={shared}", f"passphrase-file={path}")
    right = Path(shared).read_text()
    path.write_text(right)
    visitor.world.alter_seal(seal_id, key_uri=own)
    return right


class FullStore(FolderObjectStore):
    """A store whose disk is full."""

    def put(self, content: bytes) -> ObjectDigest:
        del content
        raise StoreUnavailableError

    def check(self) -> None:
        raise StoreUnavailableError


def test_a_full_store_is_told_and_the_same_key_works_when_there_is_room(
    sqlite_template: Path, visitor: Visitor
) -> None:
    assert sqlite_template.exists()
    home = visitor.world.home
    full = visitor.world.restarted()
    full.services.__dict__["store"] = FullStore(home / "objects")
    crowded = Visitor(full)
    clerk = crowded.clerk()
    assert issue(crowded, clerk)[:2] == (503, "storage.unavailable")
    health = crowded.client.get("/healthz")
    assert (health.status_code, health.json()["store"]) == (503, "storage.unavailable")
    assert published(crowded) == 0
    full.services.close()
    status, _, body = issue(visitor, visitor.clerk())
    assert status == 201, body
    assert published(visitor) == 1


@pytest.mark.only_on("sqlite", reason="takes the file of the database away")
def test_a_database_that_is_gone_is_a_problem_everywhere(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    assert visitor.client.get("/healthz").status_code == 200
    database = visitor.world.home / "certsvc.db"
    visitor.world.services.database.close()
    moved = database.with_suffix(".away")
    shutil.move(database, moved)
    database.mkdir()
    status, code, _ = issue(visitor, clerk)
    assert (status, code) == (503, "db.unavailable")
    page = visitor.client.get("/v/" + "0" * 26)
    assert page.status_code == 503
    assert "db.unavailable" in page.text
    health = visitor.client.get("/healthz")
    assert (health.status_code, health.json()["database"]) == (503, "db.unavailable")
    database.rmdir()
    shutil.move(moved, database)
    assert issue(visitor, clerk)[0] == 201


def test_a_source_that_is_gone_says_which(visitor: Visitor) -> None:
    clerk, services = visitor.clerk(), visitor.world.services
    toml = visitor.world.home / "sources.toml"
    toml.write_text(toml.read_text().replace("example-departments.db", "nowhere/gone.db"))
    status, code, body = issue(visitor, clerk)
    assert (status, code) == (503, "sources.unavailable")
    assert "police-registry" in body
    assert services.sources is not None


def test_a_field_that_fails_its_schema_names_the_field(visitor: Visitor) -> None:
    """A source gives what no certificate may say."""
    clerk, database = visitor.clerk(), visitor.world.home / "example-departments.db"
    toml = visitor.world.home / "sources.toml"
    shared = next(line for line in toml.read_text().splitlines() if line.startswith("url"))
    toml.write_text(toml.read_text().replace(shared, f'url = "sqlite:///{database}"'))
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE police_persons SET xb = 'x'")
    connection.close()
    status, code, body = issue(visitor, clerk)
    assert (status, code) == (422, "template.fields-invalid")
    assert "性别" in body
    with visitor.world.services.database.reading() as session:
        assert session.scalars(select(Issuance)).all() == []


def test_a_reply_that_fails_its_schema_is_not_recorded(visitor: Visitor) -> None:
    reply = {
        "type": "no-criminal-record",
        "holder": visitor.world.resident.identity_number,
        "holder_name": visitor.world.resident.name,
        "fields": {"name": visitor.world.resident.name},
        "basis": "人工核查",
    }
    handler = visitor.bearer("handler.li")
    answer = visitor.client.post(
        "/api/v1/replies", json=reply, headers=handler | {"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "template.fields-invalid")
    assert answer.json()["params"]["field"]


@pytest.mark.parametrize("path", ["/api/v1/certificates", "/my"])
def test_a_defect_is_told_without_details(
    visitor: Visitor, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = visitor.clerk()
    visitor.enter(visitor.world.resident.identity_number)
    with visitor.world.services.database.transaction() as session:
        session.execute(text("DROP TABLE log_in_failures"))
        session.execute(text("ALTER TABLE log_ins RENAME COLUMN expires_at TO secret_name"))
    answer = visitor.client.get(path, headers=clerk)
    assert answer.status_code >= 500
    assert "secret_name" not in answer.text
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text
    assert "SELECT" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("certsvc")
    )
