"""A duty is covered only when it has a test and all its tests ran and passed."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.duties import covered_duties, read_duties
from tests.support.duties_report import main

pytest_plugins = ["pytester"]
_ROOT = Path(__file__).parents[2]

_MARKED = """
import pytest

@pytest.mark.duty("SZ-02-1", "SZ-02-2")
def test_passes(): pass

@pytest.mark.duty("SZ-02-2")
def test_fails(): assert False

@pytest.mark.duty("SZ-02-3")
def test_skips(): pytest.skip("gap")

@pytest.mark.duty("SZ-03-1")
@pytest.mark.xfail(reason="not built")
def test_expected_to_fail(): assert False

@pytest.fixture
def broken_tear_down():
    yield
    assert False

@pytest.mark.duty("SZ-05-1")
def test_passes_but_its_tear_down_fails(broken_tear_down): pass
"""


@pytest.fixture(autouse=True)
def _find_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(_ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # loading all of them takes 2 s


def _run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makeini("[pytest]\nmarkers =\n  duty(*ids): a duty")
    pytester.makepyfile(source)
    plugin = ("-p", "xdist", "-p", "tests.support.duties")
    return pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider", *options)


def test_every_duty_has_a_unique_id() -> None:
    ids = [duty.id for duty in read_duties()]
    assert len(ids) == len(set(ids)) == 153
    assert "SZ-09-1" in ids


@pytest.mark.parametrize("workers", ["0", "2"])
def test_only_duties_whose_tests_all_passed_are_covered(
    pytester: pytest.Pytester, workers: str
) -> None:
    report = pytester.path / "report.json"
    _run(pytester, _MARKED, "-n", workers, f"--duties-report={report}")
    outcomes = json.loads(report.read_text())
    assert {duty: sorted(results) for duty, results in outcomes.items()} == {
        "SZ-02-1": [True],
        "SZ-02-2": [False, True],
        "SZ-02-3": [False],
        "SZ-03-1": [False],
        "SZ-05-1": [False],
    }
    assert covered_duties(outcomes) == ["SZ-02-1"]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_unknown_duty_fails_its_test(pytester: pytest.Pytester, workers: str) -> None:
    source = "import pytest\n@pytest.mark.duty('SZ-99-9')\ndef test_it(): pass\n"
    result = _run(pytester, source, "-n", workers)
    result.assert_outcomes(errors=1)
    assert "no such duty in duties.csv: ['SZ-99-9']" in result.stdout.str()


def test_a_duty_without_a_test_is_not_covered() -> None:
    assert covered_duties({}) == []
    assert covered_duties({"SZ-02-1": []}) == []


def test_the_report_names_total_covered_and_missing(
    pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]
) -> None:
    marked = pytester.makepyfile("import pytest\n@pytest.mark.duty('SZ-02-1')\ndef test_it(): pass")
    script = _ROOT / "scripts" / "duties"
    done = subprocess.run(  # noqa: S603  our own script
        [script, "--json", str(marked)], capture_output=True, check=True, encoding="utf-8"
    )
    answer = json.loads(done.stdout)  # the set-up before it says nothing here
    assert (answer["total"], answer["covered"], len(answer["missing"])) == (153, ["SZ-02-1"], 152)
    assert main([str(marked)]) == 0
    text = capfd.readouterr().out
    assert "yes  SZ-02-1" in text
    assert text.endswith("1 of 153 duties have a passing test\n")


def test_the_report_refuses_an_unknown_duty(
    pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]
) -> None:
    marked = pytester.makepyfile("import pytest\n@pytest.mark.duty('SZ-99-9')\ndef test_it(): pass")
    assert main(["--json", str(marked)]) == 1
    assert "SZ-99-9" in capfd.readouterr().err
