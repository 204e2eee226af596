"""A proposal brings no library, no host and no file: keys come from the machine's operator alone.

Each address here was once shown to the approver without its query, and used at the next issue.
"""

import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, text

from api.cli.console import Console
from api.cli.serving import tell_unoffered
from certsvc.catalogue.routes import Route
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.messages.catalogue import Language
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.changes.proposals import apply_for_seal, propose_change
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.versions import content_of
from keys.uri import open_key
from tests.support.tools import require_tool
from tests.support.visitors import Visitor
from tests.support.world import NOW, World, make_world

SEAL, SECRET = "data-sharing-seal", "the password of the database"
_LIBRARY = """#include <fcntl.h>
__attribute__((constructor)) static void loaded(void) { open("%s", O_CREAT | O_WRONLY, 0600); }
"""


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that leaves a trace beside it when it is loaded."""
    folder = tmp_path_factory.mktemp("library")
    source = folder / "library.c"
    source.write_text(_LIBRARY % (folder / "loaded"))
    library = folder / "library.so"
    compiler = require_tool("gcc")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)  # noqa: S603
    return library


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """A host that notes what it is asked and told."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path + str(self.headers))
            self.send_error(500)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    thread.join()
    server.server_close()


def address_of_library(trap: Path) -> str:
    return f"pkcs11:token=seal;object=k?module-path={trap}&pin-source=file:/etc/hostname"


def address_of_host(port: int, folder: Path) -> str:
    secret = folder / "secret"
    secret.write_text(SECRET)
    where = f"csc+http://127.0.0.1:{port}/csc/v2"
    return f"{where}?credential=a&client-id=b&secret-file={secret}"


def propose(world: World, uri: str) -> None:
    with world.services.database.transaction() as session:
        propose_amendment(
            session,
            seal_id=SEAL,
            amendment=SealAmendment(key_uri=uri),
            offers=world.services.offered_keys,
            reason="换密钥",
            actor=world.staff("seal.zhao"),
            now=NOW,
        )


def apply(world: World, uri: str) -> None:
    with world.services.database.transaction() as session:
        entries = content_of(session.get_one(Seal, SEAL)) | {"key_uri": uri}
        apply_for_seal(
            session,
            application=SealApplication(
                id="third-seal",
                name="云岭区第三专用章",
                owner_unit_code=str(world.staff("seal.zhao").unit_code),
                route=Route.DATA_SHARING,
                reason="扩大试点",
                **entries,
            ),
            offers=world.services.offered_keys,
            actor=world.staff("seal.zhao"),
            now=NOW,
        )


def plant(world: World, uri: str) -> None:
    """Write an address into the register behind the back of the service, as if of earlier days."""
    for table in ("seals", "seal_versions"):
        world.remove_triggers(table)
    with world.services.database.transaction() as session:
        for table in ("seals", "seal_versions"):
            session.execute(text(f"UPDATE {table} SET key_uri = :uri"), {"uri": uri})  # noqa: S608


class TestAProposal:
    def test_loads_no_library(self, sqlite_world: World, trap: Path) -> None:
        for act in (propose, apply):
            with pytest.raises(KeyNotOfferedError):
                act(sqlite_world, address_of_library(trap))
        assert sqlite_world.issue().sha256
        assert not (trap.parent / "loaded").exists()

    def test_sends_no_secret_anywhere(self, sqlite_world: World, tmp_path: Path) -> None:
        with listener() as (port, seen):
            for act in (propose, apply):
                with pytest.raises(KeyNotOfferedError):
                    act(sqlite_world, address_of_host(port, tmp_path))
            assert sqlite_world.issue().sha256
        assert seen == []

    def test_nor_by_a_page_whatever_its_form_holds(self, sqlite_world: World, trap: Path) -> None:
        visitor = Visitor(sqlite_world)
        visitor.enter("seal.zhao")
        uri = address_of_library(trap)
        form = {"rim_text": "云岭区", "image": "words", "diameter_mm": "42", "reason": "换"}
        for key in ({"key": "other"}, {"key": f"kept:{uri}"}, {"key": f"kept:{SEAL}"}):
            sent = visitor.client.post(
                f"/seal-amendments/{SEAL}",
                data=form | key | {"key_uri": uri},
                files={"x": ("", b"")},
            )
            assert (sent.status_code, 'id="key-problem"' in sent.text) == (409, True), key
        visitor.client.close()
        with sqlite_world.services.database.reading() as session:
            assert (
                session.scalars(select(SealChange).where(SealChange.action == "amend")).all() == []
            )
        assert not (trap.parent / "loaded").exists()


class TestARegisterOfEarlierDays:
    def test_is_not_followed_where_the_operator_does_not_offer_the_key(
        self, sqlite_world: World, trap: Path, tmp_path: Path
    ) -> None:
        with listener() as (port, seen):
            for uri in (address_of_library(trap), address_of_host(port, tmp_path)):
                plant(sqlite_world, uri)
                with pytest.raises(KeyNotOfferedError):
                    sqlite_world.issue()
        assert (seen, (trap.parent / "loaded").exists()) == ([], False)

    def test_is_followed_where_settings_offer_exactly_this_address(
        self, sqlite_world: World
    ) -> None:
        with sqlite_world.services.database.reading() as session:
            uri = session.get_one(Seal, SEAL).key_uri
        spelt = uri.replace("/pki/", "/./pki/")
        plant(sqlite_world, spelt)
        with pytest.raises(KeyNotOfferedError):
            sqlite_world.issue()
        offering = make_world(
            sqlite_world.home, "", sqlite_world.clock, key_offers={"sharing-2026": spelt}
        )
        assert offering.issue(purpose="再次申领").sha256
        offering.services.close()

    def test_is_told_to_the_operator_as_the_line_to_add(
        self, sqlite_world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        services, console = sqlite_world.services, Console(language=Language.ZH)
        tell_unoffered(services, console)
        assert capsys.readouterr().err == ""
        with services.database.reading() as session:
            spelt = session.get_one(Seal, SEAL).key_uri.replace("/pki/", "/./pki/")
        plant(sqlite_world, spelt)
        tell_unoffered(services, console)
        told = capsys.readouterr()
        lines = [line.partition("：")[2].rpartition("：")[2] for line in told.err.splitlines()]
        assert tomllib.loads("\n".join(lines)) == {
            SEAL: spelt,
            "department-verification-seal": spelt,
        }
        assert told.out == ""

    def test_is_not_put_into_use_again(self, sqlite_world: World, trap: Path) -> None:
        sqlite_world.change_seal(SealAction.STOP)
        plant(sqlite_world, address_of_library(trap))
        desk = sqlite_world.services.change_desk
        with sqlite_world.services.database.transaction() as session:
            change = propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.ENABLE,
                reason="启用",
                actor=sqlite_world.staff("seal.zhao"),
                now=NOW,
            )
            shown = desk.reader.read(session, change.id).digest
        decision = Decision(outcome=Outcome.APPROVED, reason="同意", shown=shown)
        with pytest.raises(KeyNotOfferedError):
            desk.decide(change.id, decision, actor=sqlite_world.staff("seal.qian"))
        assert not (trap.parent / "loaded").exists()


def test_the_traps_work(trap: Path, tmp_path: Path) -> None:
    """Without this, nothing above would prove anything."""
    with listener() as (port, seen):
        for uri in (address_of_host(port, tmp_path), address_of_library(trap)):
            with pytest.raises(Exception, match=r"key\."):
                open_key(uri)
    assert seen
    assert (trap.parent / "loaded").exists()
