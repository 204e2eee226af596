"""A part of what `scripts/mutate` does, in every run of the tests."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.attacks.anatomy import container, hole
from tests.attacks.mutating import MUTATIONS, is_lawful, run, subjects
from tests.attacks.tlv import Element

_SCRIPT = Path(__file__).parents[2] / "scripts" / "mutate"
_PARTS, _PART = 8, 150


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_altered_file_is_accepted(part: int) -> None:
    tally = run(1, range(part * _PART, (part + 1) * _PART))
    assert tally.figures()["accepted_wrongly"] == []
    assert tally.figures()["crashed"] == []
    assert tally.tried.total() == _PART


@pytest.mark.heavy("1,200 are tried always")
@pytest.mark.parametrize("part", range(20))
def test_none_of_twenty_thousand_is_accepted(part: int) -> None:
    figures = run(1, range(part * 1_000, (part + 1) * 1_000)).figures()
    assert (figures["accepted_wrongly"], figures["crashed"]) == ([], [])


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_changes_something(name: str) -> None:
    chance = Random(1)  # noqa: S311  # reproducible
    document = subjects()["p256 PAdES-BASELINE-T"]
    assert any(MUTATIONS[name](document, chance) != document for _ in range(5))


def test_what_may_be_accepted() -> None:
    document = subjects()["p256 PAdES-BASELINE-T"]
    _, end = hole(document)
    assert is_lawful(document[: end - 3] + b"11" + document[end - 1 :], document)
    assert not is_lawful(document + b"\n", document)
    assert not is_lawful(document[:20] + b"x" + document[21:], document)


def test_the_tree_of_elements_is_true_to_the_file() -> None:
    encoded = container(subjects()["rsa2048pss PAdES-BASELINE-T"]).rstrip(b"\x00")
    assert Element.parse(encoded).encode() == encoded


def test_the_command_prints_its_counts() -> None:
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, _SCRIPT, "--count", "40", "--seed", "3", "--jobs", "1", "--json"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert figures["mutations"] == sum(figures["by_kind"].values()) == 40
    assert figures["accepted_wrongly"] == figures["crashed"] == []
    assert figures["per_second"] > 0
