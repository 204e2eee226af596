"""Which worker runs which test: whole files, those that take longest first.

With `-n` and `--dist loadfile`, as `scripts/test` runs them. What a file's tests share is then made
once, and the workers end together, since what is left at the end is short. `costs.txt` says what
the files take; one that it does not name takes little.

`pytest --cpu-times times.json`, then `python -m tests.support.schedule times.json` renews it.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_COSTS = Path(__file__).with_name("costs.txt")
_WORTH_NAMING_S = 2.0
_HEAD = "# Processor seconds of the files that take longest, in a run without --all.\n"


class WholeFiles(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives each worker a file at a time; one that took its worker with it is not run again."""

    @override
    def remove_node(self, node: WorkerController) -> str | None:
        """Take a worker out, and have the others run what it has left.

        Returns:
            The test that it ran when it ended, if it ran one. xdist's own gives it to the next
            worker, which would hang as well.
        """
        units = self.assigned_work.pop(node)
        left = [(file, test) for file, unit in units.items() for test in unit if not unit[test]]
        for file, test in left[1:]:
            self.workqueue.setdefault(file, {})[test] = False
        for other in self.assigned_work:
            self._reschedule(other)
        return left[0][1] if left else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config,
    log: Any,  # noqa: ANN401  xdist has no types
) -> WholeFiles | None:
    """Hand out files in the order in which they are collected."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return WholeFiles(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files that take longest first, for workers alone: a person reads in order."""
    if hasattr(config, "workerinput"):
        costs = read_costs()
        items.sort(key=lambda item: -costs.get(item.nodeid.split("::")[0], 0.0))


def read_costs() -> dict[str, float]:
    """Return the seconds of the files that are named."""
    lines = _COSTS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {file: float(seconds) for seconds, file in pairs}


def costs_of_files(times: Mapping[str, float]) -> str:
    """Return the lines of `costs.txt` for what the tests took."""
    files: dict[str, float] = {}
    for nodeid, seconds in times.items():
        file = nodeid.split("::")[0]
        files[file] = files.get(file, 0.0) + seconds
    named = sorted((file, spent) for file, spent in files.items() if spent >= _WORTH_NAMING_S)
    return _HEAD + "".join(f"{spent:6.0f} {file}\n" for file, spent in named)


if __name__ == "__main__":
    _COSTS.write_text(costs_of_files(json.loads(Path(sys.argv[1]).read_bytes())), encoding="utf-8")
