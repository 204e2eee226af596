"""Which duties of docs/duties.csv have a passing test.

As a pytest plugin: a test says `@pytest.mark.duty("SZ-09-1", ...)`; an id that docs/duties.csv
does not hold fails the test, and `--duties-report FILE` writes what became of each duty's tests.
As a program (`scripts/duties`): runs the marked tests and prints the duties.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DUTIES_FILE = Path(__file__).parents[2] / "docs" / "duties.csv"
_PROPERTY = "duty"


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One thing the districts' regulations ask of the system."""

    id: str
    rule: str
    article: str
    capability: str
    duty: str


@dataclass(kw_only=True)
class _Test:
    """What is known of one marked test so far."""

    duties: tuple[str, ...] = ()
    passed: bool = True
    """No phase yet was skipped or failed (an expected failure counts as skipped)."""


@dataclass(eq=False)  # plugins are members of sets
class DutyRecorder:
    """Collects the outcome of every marked test of a run."""

    report_file: Path | None
    tests: dict[str, _Test] = field(default_factory=lambda: defaultdict(_Test))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let each test carry its duties into its reports, also from a worker of xdist."""
        for item in items:
            named = {name for mark in item.iter_markers("duty") for name in mark.args}
            item.user_properties += [(_PROPERTY, name) for name in sorted(named)]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Fail a test that names a duty nobody has."""
        named = {str(value) for name, value in item.user_properties if name == _PROPERTY}
        if unknown := unknown_duties(named):
            pytest.fail(f"no such duty in {DUTIES_FILE.name}: {unknown}", pytrace=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase (set-up, call, tear-down) of a test."""
        duties = tuple(str(value) for name, value in report.user_properties if name == _PROPERTY)
        if not duties:
            return
        test = self.tests[report.nodeid]
        test.duties = duties
        test.passed &= report.outcome == "passed"

    def pytest_sessionfinish(self) -> None:
        """Write the report, when one is asked for."""
        if self.report_file is not None:
            self.report_file.write_text(json.dumps(self.outcomes()), encoding="utf-8")

    def outcomes(self) -> dict[str, list[bool]]:
        """Return, for each duty with a test, whether each of its tests passed."""
        found: dict[str, list[bool]] = defaultdict(list)
        for test in self.tests.values():
            for duty in test.duties:
                found[duty].append(test.passed)
        return dict(found)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--duties-report", type=Path, help="write the duties' outcomes as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Record, in the process that sees all reports and in each worker's collection."""
    in_worker = hasattr(config, "workerinput")
    report_file = None if in_worker else config.getoption("--duties-report")
    config.pluginmanager.register(DutyRecorder(report_file))


def read_duties() -> list[Duty]:
    """Return every duty, in the order of the file."""
    with DUTIES_FILE.open(encoding="utf-8", newline="") as file:
        return [Duty(**row) for row in csv.DictReader(file)]


def unknown_duties(ids: Iterable[str]) -> list[str]:
    """Return the ids that docs/duties.csv does not hold."""
    return sorted(set(ids) - {duty.id for duty in read_duties()})


def covered_duties(outcomes: Mapping[str, list[bool]]) -> list[str]:
    """Return the duties with at least one test, all of whose tests passed."""
    return [duty.id for duty in read_duties() if outcomes.get(duty.id) and all(outcomes[duty.id])]
