"""The desk that has the register: an issued certificate to which anything was added."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from certsvc.foundation.clock import FixedClock
from certsvc.foundation.storage.objects import parse_digest
from certsvc.verification.authenticity.rules import AuthenticityAnswer
from signing.report import Verdict
from tests.attacks.later_annotations import DANGEROUS
from tests.attacks.later_changes import CHANGES
from tests.attacks.later_subjects import Subject
from tests.attacks.later_tricks import TRICKS
from tests.attacks.later_variants import changed, drawn
from tests.support.world import NOW, World, make_world

_CHANGES = (
    *("page content replaced", "font replaced", "seal twice on the page", "twin replaced"),
    *("layers", "form as proof", "a key of the catalog escaped", "a timestamp with words"),
)
_TRICKS = (
    *("object before the old end mark", "end mark to nowhere", "entry into a stream"),
    *("object between the revisions", "previous section left out", "white space after the end"),
)


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One installation for all: the engine of the database matters to none of this."""
    home = tmp_path_factory.mktemp("desk") / "home"
    shutil.copytree(sqlite_template, home)
    world = make_world(home, "", FixedClock(NOW))
    yield world
    world.services.close()


@pytest.fixture(scope="module")
def issued(world: World) -> Subject:
    content = world.services.store.get(parse_digest(world.issue().sha256))
    return Subject(name="issued", content=content, is_ours=True, at=NOW)


def test_nothing_added_to_an_issued_certificate_is_authentic(world: World, issued: Subject) -> None:
    files = {shape.name: drawn(issued, shape) for shape in DANGEROUS}
    for name in _CHANGES:
        for spelling in ("as ours", "a line break after trailer"):
            files[f"{name}, {spelling}"] = changed(issued, CHANGES[name], spelling, archived=True)
    files |= {name: TRICKS[name](issued) for name in _TRICKS}
    reports = {name: world.services.authenticity.check_file(file) for name, file in files.items()}
    assert world.services.authenticity.check_file(issued.content).verdict is Verdict.TOTAL_PASSED
    refused = {AuthenticityAnswer.UNDECIDED, AuthenticityAnswer.NOT_AUTHENTIC}
    refused |= {AuthenticityAnswer.UNREADABLE}
    assert {name: item.answer for name, item in reports.items() if item.answer not in refused} == {}
    passed = [name for name, item in reports.items() if item.verdict is Verdict.TOTAL_PASSED]
    assert passed == []
