"""How much processor time each test takes, with every process it starts: `--cpu-times FILE`.

Time on the wall says little on a shared machine. What is counted is the processor time of the test
process and of everything below it that runs or has ended: servers, browsers, commands. What a
fixture of a whole run costs is counted for the test that asked for it first.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

_TICKS = os.sysconf("SC_CLK_TCK")
_FIELD_OF_PARENT, _FIELDS_OF_TIME = 1, slice(11, 15)
"""In /proc/PID/stat after the name: user, system, and both of children that have ended."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run write down what its tests cost."""
    parser.addoption(
        "--cpu-times",
        type=Path,
        metavar="FILE",
        help="write the processor time of each test into FILE, as JSON, and a table at the end",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Watch only where it is asked for."""
    path = config.getoption("cpu_times")
    if path:
        config.pluginmanager.register(_Watch(path.resolve()), "cpu-times-watch")


class _Watch:
    """Takes the time around each test, in the process that runs it, and collects all of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Begin to count."""
        item.stash[_BEGAN] = spent_s()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write the time down with the report, which is what a worker sends."""
        report = yield
        if call.when == "teardown":
            # Not less than nothing: of a process that nobody waits for the time is lost.
            spent = max(0.0, spent_s() - item.stash[_BEGAN])
            report.user_properties.append(("cpu_s", round(spent, 2)))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the time of a test that has ended."""
        if report.when == "teardown":
            self._times[report.nodeid] = float(str(dict(report.user_properties)["cpu_s"]))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write all of them, and a line for each folder of tests."""
        if not self._times:
            return  # a worker: whoever started it has them
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._times, indent=1, sort_keys=True), encoding="utf-8")
        areas: dict[str, list[float]] = {}
        for nodeid, seconds in self._times.items():
            areas.setdefault("/".join(nodeid.split("/")[:2]), []).append(seconds)
        terminalreporter.section("processor time")
        for area, times in sorted(areas.items()):
            terminalreporter.line(f"{sum(times):9.1f} s  {len(times):5} tests  {area}")


_BEGAN = pytest.StashKey[float]()


def spent_s() -> float:
    """Processor time of this process and of everything below it, so far."""
    own = sum(os.times()[:4])  # of this process and of its children that have ended
    return own + _family_ticks(os.getpid(), _running()) / _TICKS


def _running() -> dict[int, list[tuple[int, int]]]:
    """Pid and ticks of every process of the machine, by its parent."""
    found: dict[int, list[tuple[int, int]]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue  # it has just ended; its parent has its time
        # The name comes first, in brackets, and may hold anything.
        fields = stat.rpartition(")")[2].split()
        ticks = sum(int(field) for field in fields[_FIELDS_OF_TIME])
        found.setdefault(int(fields[_FIELD_OF_PARENT]), []).append((int(folder.name), ticks))
    return found


def _family_ticks(pid: int, running: dict[int, list[tuple[int, int]]]) -> int:
    below = running.get(pid, ())
    return sum(ticks + _family_ticks(child, running) for child, ticks in below)
