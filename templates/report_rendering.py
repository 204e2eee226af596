"""The report of an authenticity check as a paper: PDF/A-3a and PDF/UA-1, Chinese or English.

- What a foreign file says of itself stands in it, so no character in it can break or disguise the
  report: what no font has, and what cannot be seen or turns the writing round, is written as its
  code point.
- The same report and time give the same bytes.
- The report as JSON is attached.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Literal

import typst

from templates.errors import RenderingFailedError
from templates.face import JSON
from templates.fonts import FontFolder

_FOLDER = Path(__file__).parent / "report"
Tone = Literal["passed", "warned", "failed"]


@dataclass(frozen=True, kw_only=True)
class PrintedStep:
    """One step of the check."""

    number: int
    """From 1."""
    title: str
    """Its name."""
    outcome: Literal["passed", "failed", "not_checked"]
    """Chooses the colour."""
    word: str
    """The outcome in the reader's language."""
    text: str
    """Its sentence."""
    evidence: Sequence[tuple[str, str]]
    """What was looked at: names and values."""


@dataclass(frozen=True, kw_only=True)
class PrintedSection:
    """A heading with facts below it."""

    title: str
    """The heading."""
    rows: Sequence[tuple[str, str]]
    """Names and values."""


@dataclass(frozen=True, kw_only=True)
class PrintedReport:
    """All texts of a report, in one language."""

    language: Literal["zh", "en"]
    """Language of the texts."""
    title: str
    """What this paper is."""
    service: str
    """Whose service made it."""
    notice: str | None
    """Printed in red below the title, such as that this is a demonstration."""
    headline: str
    """The answer."""
    tone: Tone
    """Its colour."""
    text: str
    """The answer in a sentence."""
    sections: Sequence[PrintedSection]
    """What was checked, the registered copy, the seals."""
    steps_title: str
    """Heading of the steps."""
    steps: Sequence[PrintedStep]
    """Every step, in order."""
    notes: Sequence[str]
    """What the reader must know of this paper."""
    footer: str
    """At the foot of every page: which file, and when."""


class ReportRenderer:
    """Sets reports; one for each process, safe to share between threads."""

    def __init__(self, fonts: FontFolder) -> None:
        self._fonts = fonts
        self._compiler = typst.Compiler(font_paths=fonts.for_layout, ignore_system_fonts=True)
        self._lock = Lock()

    def render(
        self, report: PrintedReport, *, machine: Mapping[str, JSON], made_at: datetime
    ) -> bytes:
        """Set a report.

        Args:
            report: Its texts.
            machine: The same as data, attached as `report.json`.
            made_at: When, aware; the date of the file.

        Raises:
            RenderingFailedError: the layout engine refused.
        """
        texts = {name: self._visible(value) for name, value in asdict(report).items()}
        colon, separator = (": ", "   ") if report.language == "en" else ("：", "　")
        inputs = {
            "report": json.dumps(
                {**texts, "colon": colon, "separator": separator}, ensure_ascii=False
            ),
            "machine": json.dumps(machine, ensure_ascii=True, indent=1),
        }
        try:
            with self._lock:
                pdf, warnings = self._compiler.compile_with_warnings(
                    input=_FOLDER / "layout.typ",
                    root=_FOLDER,
                    format="pdf",
                    sys_inputs=inputs,
                    pdf_standards=["a-3a", "ua-1"],
                    timestamp=int(made_at.timestamp()),
                )
        except typst.TypstError as error:
            raise RenderingFailedError(pack="report", reason=error.message) from error
        if warnings or not isinstance(pdf, bytes):
            reason = warnings[0].message if warnings else "no-document"
            raise RenderingFailedError(pack="report", reason=reason)
        return pdf

    def _visible(self, value: object) -> object:
        if isinstance(value, str):
            # A text that spells out what looks like a mark of ours gets one for its bracket.
            parts = value.split("[U+")
            return "[U+005B]U+".join("".join(map(self._visible_letter, part)) for part in parts)
        if isinstance(value, Mapping):
            return {key: self._visible(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._visible(inner) for inner in value]
        return value

    def _visible_letter(self, letter: str) -> str:
        hidden = unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        turned = unicodedata.bidirectional(letter) in {"R", "AL", "AN"}
        if hidden or turned or ord(letter) not in self._fonts.coverage:
            return f"[U+{ord(letter):04X}]"
        return letter
