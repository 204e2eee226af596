"""The program behind scripts/duties."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.duties import DUTIES_FILE, covered_duties, read_duties, unknown_duties

_ROOT = Path(__file__).parents[2]


class DutiesRunError(Exception):
    """The marked tests could not be run to the end."""


def run_marked_tests(tests: Sequence[str] = ()) -> dict[str, list[bool]]:
    """Run every test that is marked with a duty and return what became of each duty's tests.

    Raises:
        DutiesRunError: pytest stopped early, or a test names an unknown duty.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "duties.json"
        finished = subprocess.run(  # noqa: S603 - a list, no shell
            [
                *(sys.executable, "-m", "pytest", "-m", "duty", f"--duties-report={report}"),
                *("-q", "--no-header", "-p", "no:cacheprovider"),
                *("-c", "pyproject.toml", "-p", "tests.support.duties"),
                *tests,
            ],
            check=False,
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # stdout is for the answer
        )
        ran_to_the_end = {
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }
        if finished.returncode not in ran_to_the_end or not report.exists():
            raise DutiesRunError(f"pytest stopped with exit code {finished.returncode}; see above")
        outcomes: dict[str, list[bool]] = json.loads(report.read_text(encoding="utf-8"))
    if unknown := unknown_duties(outcomes):
        raise DutiesRunError(f"no such duty in {DUTIES_FILE.name}: {unknown}")
    return outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    """Print which duties have a passing test."""
    parser = argparse.ArgumentParser(description="Which duties have a passing test.")
    parser.add_argument("--json", action="store_true", help="print total, covered, missing")
    parser.add_argument("tests", nargs="*", help="only these tests, as pytest names them")
    options = parser.parse_args(arguments)
    try:
        covered = covered_duties(run_marked_tests(options.tests))
    except DutiesRunError as problem:
        print(f"scripts/duties: {problem}", file=sys.stderr)  # noqa: T201
        return 1
    print(_as_json(covered) if options.json else _as_text(covered))  # noqa: T201
    return 0


def _as_json(covered: Sequence[str]) -> str:
    ids = [duty.id for duty in read_duties()]
    missing = [duty for duty in ids if duty not in covered]
    return json.dumps({"total": len(ids), "covered": list(covered), "missing": missing}, indent=1)


def _as_text(covered: Sequence[str]) -> str:
    duties = read_duties()
    lines = [
        f"{'yes' if duty.id in covered else ' - '}  {duty.id:<9} {duty.article}  {duty.duty}"
        for duty in duties
    ]
    return "\n".join([*lines, f"{len(covered)} of {len(duties)} duties have a passing test"])


if __name__ == "__main__":
    sys.exit(main())
