"""The workers get whole files, those that take longest first."""

from pathlib import Path

from tests.support.schedule import costs_of_files, read_costs

ROOT = Path(__file__).parents[2]


def test_every_file_that_is_named_is_there() -> None:
    costs = read_costs()
    assert costs
    assert [file for file in costs if not (ROOT / file).is_file()] == []


def test_what_the_tests_of_a_file_took_is_added() -> None:
    times = {"tests/a.py::one": 1.4, "tests/a.py::two[x::y]": 1.4, "tests/b.py::one": 1.9}
    assert costs_of_files(times).splitlines()[1:] == ["     3 tests/a.py"]
