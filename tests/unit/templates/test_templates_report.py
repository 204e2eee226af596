"""What a foreign file says of itself cannot break or disguise a report."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from templates.checking_content import page_texts, squeezed
from templates.fonts import FontFolder
from templates.report_rendering import (
    PrintedReport,
    PrintedSection,
    PrintedStep,
    ReportRenderer,
)

FONTS = Path(__file__).resolve().parents[3] / "var" / "fonts"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def renderer() -> ReportRenderer:
    return ReportRenderer(FontFolder(FONTS))


def report(name: str, *, steps: int = 1) -> PrintedReport:
    step = {"title": name, "outcome": "failed", "word": "未通过", "text": name}
    return PrintedReport(
        language="zh",
        title="核验报告",
        service="服务",
        notice=None,
        headline="无法确认",
        tone="warned",
        text="说明",
        sections=[PrintedSection(title="印章", rows=[("印章", name)])],
        steps_title="步骤",
        steps=[
            PrintedStep(number=number, evidence=[("名称", name)], **step)  # type: ignore[arg-type]
            for number in range(1, steps + 1)
        ],
        notes=["注"],
        footer="脚",
    )


def text_of(renderer: ReportRenderer, name: str, *, steps: int = 1) -> str:
    paper = renderer.render(report(name, steps=steps), machine={"name": name}, made_at=NOW)
    return squeezed("".join(page_texts(paper)))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\u202egpj.exe", "a[U+202E]gpj.exe"),
        ("a[U+202E]gpj.exe", "a[U+005B]U+202E]gpj.exe"),
        ("[U] [u+202E]", "[U][u+202E]"),
        ("\x1b[31m", "[U+001B][31m"),
        ("سند", "[U+0633][U+0646][U+062F]"),
        ("\U0001f600", "[U+1F600]"),
        ("\ud800", "[U+D800]"),
        ("#panic() $x$ *b* <a> ```", "#panic()$x$*b*<a>```"),
        ("长" * 400, "长" * 30),
        ("x" * 400, "x" * 60),
    ],
)
def test_any_name_is_shown_plainly(renderer: ReportRenderer, name: str, shown: str) -> None:
    assert shown in text_of(renderer, name)


def test_a_long_report_has_every_step(renderer: ReportRenderer) -> None:
    text = text_of(renderer, "步骤名", steps=200)
    assert text.count("未通过") == 200


def test_the_same_report_gives_the_same_bytes(renderer: ReportRenderer) -> None:
    papers = {
        renderer.render(report("印章"), machine={"a": 1}, made_at=NOW),
        ReportRenderer(FontFolder(FONTS)).render(report("印章"), machine={"a": 1}, made_at=NOW),
    }
    assert len(papers) == 1
