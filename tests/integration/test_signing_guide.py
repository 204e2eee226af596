"""docs/signing.md says what is so: its blocks are run as they stand, one after the other."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from signing.levels import Level
from signing.report import Outcome, Verdict
from tests.support.seals import sample_document, seal_font

_GUIDE = Path(__file__).parents[2] / "docs" / "signing.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _parsed() -> list[ast.Module]:
    """The blocks, each with the line numbers of the page."""
    text = _GUIDE.read_text(encoding="utf-8")
    return [
        ast.increment_lineno(ast.parse(found[1]), text.count("\n", 0, found.start(1)))
        for found in _BLOCK.finditer(text)
    ]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every name that the guide leaves behind."""
    names: dict[str, Any] = {
        "folder": tmp_path_factory.mktemp("guide"),
        "paper": sample_document(pages=2),
        "font": seal_font(),
    }
    for block in _parsed():
        exec(compile(block, _GUIDE.name, "exec"), names)  # noqa: S102  # our own page
    return names


def test_the_guide_needs_the_two_libraries_alone() -> None:
    known = {"datetime", "keys", "signing"}
    imported = {
        str(node.module).split(".")[0]
        for block in _parsed()
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported == known


def test_it_seals_at_every_level(said: dict[str, Any]) -> None:
    assert list(said["sealed"]) == list(Level)
    check = {level: _validated(said, paper) for level, paper in said["sealed"].items()}
    assert all(report.verdict is Verdict.TOTAL_PASSED for report in check.values())
    assert {level: report.seals[0].level for level, report in check.items()} == {
        level: level for level in Level
    }


def test_what_it_adds_later_keeps_the_seal_valid(said: dict[str, Any]) -> None:
    for name, level in (("for_dss", Level.B_LT), ("kept", Level.B_LTA)):
        report = _validated(said, said[name])
        assert report.verdict is Verdict.TOTAL_PASSED
        assert report.seals[0].level is level
        assert report.check("one-revision").outcome is Outcome.PASSED


def test_both_of_its_images_have_the_size_it_names(said: dict[str, Any]) -> None:
    for name in ("drawn", "uploaded"):
        assert (said[name].width_mm, round(said[name].height_mm, 1)) == (42, 42)


def _validated(said: dict[str, Any], document: bytes) -> Any:  # noqa: ANN401  # the guide's own
    return said["validate_document"](document, trust=said["trust"], at=said["now"])
