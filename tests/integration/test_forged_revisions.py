"""A sealed file of ours to which something was added is never authentic, by no door.

The validator is not trusted here: each file is also drawn, and the register compares by itself.
"""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from certsvc.certificates.extraction.records import Extraction
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.storage.objects import parse_digest
from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.originals import WayToOriginal, way_to_original
from certsvc.verification.authenticity.pictures import check_pictures
from certsvc.verification.authenticity.register import Likeness, find_match, original_of
from certsvc.verification.authenticity.rules import AuthenticityAnswer, AuthenticityReport
from certsvc.verification.authenticity.twin import PaperParts
from signing.report import Outcome, Verdict
from templates.checking_content import page_texts, squeezed
from tests.support.command import run_command
from tests.support.forged_revisions import FORGERIES, forged
from tests.support.visitors import Visitor
from tests.support.world import NOW, World, make_world

CHECKS = "/api/v1/verifications"
PDF = {"Content-Type": "application/pdf"}
ENGLISH = {"Accept-Language": "en"}
REFUSED = {AuthenticityAnswer.UNDECIDED, AuthenticityAnswer.NOT_AUTHENTIC}
_ALWAYS = timedelta(days=40_000)


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One installation for the whole module: the engine of the database matters to none of it."""
    home = tmp_path_factory.mktemp("forged") / "home"
    shutil.copytree(sqlite_template, home)
    world = make_world(home, "", FixedClock(NOW))
    yield world
    world.services.close()


@pytest.fixture(scope="module")
def sealed(world: World) -> bytes:
    return world.services.store.get(parse_digest(world.issue().sha256))


@pytest.fixture(scope="module")
def lax(sealed: bytes) -> bytes:
    """A bar over the page that a lax judge takes for archive material."""
    return forged(sealed, FORGERIES["no box"])


def step_of(report: AuthenticityReport, name: str) -> str:
    return next(step.code for step in report.checks if step.name == name)


@pytest.mark.parametrize(
    ("name", "trailer"), [*((name, b"trailer\n") for name in FORGERIES), ("no box", b"trailer ")]
)
def test_the_desk_is_no_better_than_undecided(
    world: World, sealed: bytes, name: str, trailer: bytes
) -> None:
    changed = forged(sealed, FORGERIES[name], trailer=trailer)
    report = world.services.authenticity.check_file(changed)
    assert report.answer in REFUSED
    assert step_of(report, "register") == "check.register.added"
    assert report.original is not None
    assert report.copy is None
    looked = check_pictures(sealed, changed, is_claimed=True)
    assert (looked.outcome, looked.code) == (Outcome.FAILED, "check.pictures.picture")


def test_without_a_register_it_is_no_better(world: World, lax: bytes) -> None:
    services = world.services
    report = check_file_offline(
        lax,
        trust=services.trust,
        now=NOW,
        parts=services.paper_parts_without_register,
    )
    assert report.answer in REFUSED


def test_what_was_added_to_an_archived_copy_is_found(world: World) -> None:
    services, number = world.services, world.issue().copy_number
    archived = services.archivist.archive_copy(number, within=_ALWAYS).content
    whole = services.authenticity.check_file(archived)
    assert (whole.answer, step_of(whole, "register")) == (
        AuthenticityAnswer.AUTHENTIC,
        "check.register.known-archived",
    )
    report = services.authenticity.check_file(forged(archived, FORGERIES["no box"]))
    assert report.answer in REFUSED
    assert step_of(report, "register") == "check.register.added"


def test_what_somebody_else_archived_is_authentic_and_told_apart(
    world: World, sealed: bytes
) -> None:
    services = world.services
    archived = services.archivist.archive(sealed, within=_ALWAYS).content
    report = services.authenticity.check_file(archived)
    assert report.answer is AuthenticityAnswer.AUTHENTIC
    assert step_of(report, "register") == f"check.register.{Likeness.ARCHIVED_ELSEWHERE}"
    assert step_of(report, "pictures") == "check.pictures.same"


def test_every_door_says_the_same(world: World, lax: bytes) -> None:
    visitor = Visitor(world)
    answer = visitor.client.post(CHECKS, content=lax, headers=PDF | ENGLISH).json()
    assert answer["answer"] in REFUSED
    assert answer["verdict"] != "TOTAL-PASSED"
    assert "the sealed revision is ours" in answer["text"].lower()
    assert "get the original" in answer["text"].lower()
    assert answer["copy"] is None
    assert answer["original"]["copy_number"]
    page = visitor.client.post("/verify", files={"file": ("a.pdf", lax)}).text
    assert "核验通过" not in page
    assert "取得原件" in page
    assert "/copies/" not in page
    paper = visitor.client.post(f"{CHECKS}/report.pdf", content=lax, headers=PDF).content
    text = squeezed("".join(page_texts(paper)))
    assert "核验通过" not in text
    assert squeezed("请取原件") in text
    visitor.client.close()


def test_the_command_refuses_it_with_its_exit_code(
    world: World, lax: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("files") / "lax.pdf"
    file.write_bytes(lax)
    answer = run_command(world.home, "verify", str(file), "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["answer"] in REFUSED


def test_the_original_is_offered_to_whoever_may_have_it(world: World, lax: bytes) -> None:
    visitor = Visitor(world)
    visitor.enter("clerk.wang")
    page = visitor.client.post("/verify", files={"file": ("a.pdf", lax)}).text
    offered = re.search(r'href="(/copies/[^"]+)" download', page)
    assert offered is not None
    original = visitor.client.get(offered[1]).content
    assert lax.startswith(original)
    assert original != lax
    visitor.client.close()


@pytest.mark.parametrize(
    ("login", "way"),
    [
        ("", WayToOriginal.ASK),
        ("holder", WayToOriginal.FILE),
        ("clerk.wang", WayToOriginal.FILE),
        ("handler.li", WayToOriginal.RECORD),
        ("clerk.zhou", WayToOriginal.ASK),
        ("seal.zhao", WayToOriginal.ASK),
    ],
)
def test_nobody_gets_more_here_than_elsewhere(
    world: World, sealed: bytes, login: str, way: WayToOriginal
) -> None:
    actor = world.holder() if login == "holder" else world.staff(login) if login else None
    with world.services.database.reading() as session:
        match = find_match(session, sealed + b"x")
        assert match is not None
        original = original_of(session.get_one(Extraction, match.copy_number))
        assert way_to_original(session, original, actor=actor, now=NOW) is way


def test_the_registered_beginning_is_found_in_the_bytes_alone(world: World, sealed: bytes) -> None:
    with world.services.database.reading() as session:
        found = [
            find_match(session, content)
            for content in (sealed, sealed + b"\n", sealed + b"%%EOF" * 500, sealed[:-1], b"")
        ]
    assert [match and (match.size, match.likeness) for match in found] == [
        (len(sealed), Likeness.ISSUED),
        (len(sealed), None),
        (len(sealed), None),
        None,
        None,
    ]


def test_a_fault_of_ours_is_no_verdict_about_a_file(world: World, sealed: bytes) -> None:
    def broken() -> PaperParts:
        raise ZeroDivisionError

    report = check_file_offline(sealed, trust=world.services.trust, now=NOW, parts=broken)
    assert report.answer is AuthenticityAnswer.UNDECIDED
    assert step_of(report, "twin") == "check.twin.defect"
    assert report.verdict is Verdict.INDETERMINATE


def test_what_cannot_be_drawn_is_not_compared(sealed: bytes) -> None:
    looked = check_pictures(sealed, b"%PDF-1.7", is_claimed=True)
    assert looked.outcome is Outcome.FAILED
    assert looked.code != "check.pictures.picture"
