"""Compare our validator with others, file by file, and count agreement.

* Ours and pyHanko run in processes of their own that are ended when a file takes too long; pdfsig
  and EU DSS are programs, with the same limit.
* Two agree about a signature if both call it intact, or both broken. Where one says less than that
  (unsure, not seen, unreadable), it is counted as a kind of its own and not as disagreement hidden.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from signing.trust import TrustStore
from tests.judges.bounded_asking import BoundedAsker, FaultError
from tests.judges.dss import judge_each
from tests.judges.opinions import (
    Opinion,
    Opinions,
    ask_ours,
    ask_pdfsig,
    ask_pyhanko,
    of_dss,
    of_file,
)

OURS, PYHANKO, PDFSIG, DSS = "ours", "pyhanko", "pdfsig", "dss"
_SHOWN = 10
_NAMED = 20
_DSS_FILES = 50

Telling = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a comparison may cost."""

    timeout_s: float = 60.0
    """Longest time of one validator for one file."""

    size: int = 256 << 20
    """Bytes of a file; larger ones are not looked at."""


@dataclass(kw_only=True)
class Compared:
    """What everybody said of one file."""

    path: Path
    size: int
    verdict: str = ""
    """Ours."""
    opinions: dict[str, Opinions] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """Unexpected errors of our own."""


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """Whom to ask, and how."""

    trust: TrustStore
    at: datetime
    limits: Limits = field(default_factory=Limits)
    has_pdfsig: bool = True
    dss_root: bytes | None = None
    """PEM of the one root that EU DSS trusts; ``None``: it is not asked."""

    def run(self, paths: Sequence[Path], *, jobs: int, tell: Telling) -> list[Compared]:
        """Ask everybody about every file."""
        askers: SimpleQueue[_Askers] = SimpleQueue()
        made = [_Askers(self) for _ in range(jobs)]  # before there are threads
        for each in made:
            askers.put(each)
        results = []
        try:
            with ThreadPoolExecutor(jobs) as pool:
                for done in pool.map(partial(self._compare, askers), paths):
                    results.append(done)
                    tell(len(results))
        finally:
            for each in made:
                each.close()
        if self.dss_root is not None:
            self._ask_dss(results, self.dss_root)
        return results

    def _compare(self, askers: "SimpleQueue[_Askers]", path: Path) -> Compared:
        compared = Compared(path=path, size=path.stat().st_size)
        if compared.size > self.limits.size:
            return compared
        mine = askers.get()
        try:
            mine.ask(compared)
        finally:
            askers.put(mine)
        if self.has_pdfsig:
            compared.opinions[PDFSIG] = ask_pdfsig(path, timeout_s=self.limits.timeout_s)
        return compared

    def _ask_dss(self, results: Sequence[Compared], root: bytes) -> None:
        looked_at = [each for each in results if OURS in each.opinions]
        for start in range(0, len(looked_at), _DSS_FILES):
            part = looked_at[start : start + _DSS_FILES]
            timeout_s = self.limits.timeout_s * len(part)
            answers = judge_each([each.path for each in part], root_pem=root, timeout_s=timeout_s)
            for each, answer in zip(part, answers, strict=True):
                names = [name for name in each.opinions[OURS] if name]
                each.opinions[DSS] = (
                    of_file(Opinion.UNREADABLE) if answer is None else of_dss(answer, names)
                )


class _Askers:
    """The processes that one thread asks."""

    def __init__(self, comparing: Comparing) -> None:
        ours = partial(_read_and_ask_ours, comparing.trust, comparing.at)
        self._ours = BoundedAsker(ours, timeout_s=comparing.limits.timeout_s)
        self._pyhanko = BoundedAsker(_read_and_ask, timeout_s=comparing.limits.timeout_s)

    def ask(self, compared: Compared) -> None:
        for name, asker in ((OURS, self._ours), (PYHANKO, self._pyhanko)):
            seconds = 0.0
            try:
                (opinions, verdict), seconds = asker.ask(compared.path)
            except TimeoutError:
                opinions, verdict = of_file(Opinion.TOO_LONG), ""
            except FaultError as fault:
                opinions, verdict = of_file(Opinion.FAULT), ""
                if name == OURS:
                    compared.faults.append(str(fault))
            compared.opinions[name] = opinions
            compared.verdict = compared.verdict or verdict
            compared.seconds[name] = seconds

    def close(self) -> None:
        self._ours.close()
        self._pyhanko.close()


def _read_and_ask_ours(trust: TrustStore, at: datetime, path: Path) -> tuple[Opinions, str]:
    return ask_ours(path.read_bytes(), trust=trust, at=at)


def _read_and_ask(path: Path) -> tuple[Opinions, str]:
    return ask_pyhanko(path.read_bytes()), ""


def figures(results: Sequence[Compared]) -> dict[str, Any]:
    """What to print."""
    others = list(dict.fromkeys(name for each in results for name in each.opinions if name != OURS))
    return {
        "files": len(results),
        "not_looked_at": sum(not each.opinions for each in results),
        "signatures": sum(len([*filter(None, each.opinions.get(OURS, ()))]) for each in results),
        "verdicts": dict(Counter(each.verdict or "none" for each in results).most_common()),
        "agreement": {name: _agreement(results, name) for name in others},
        "disagreement": _disagreement(results, others),
        "faults": [f"{each.path}: {fault}" for each in results for fault in each.faults],
        "slowest": _slowest(results),
        "largest": [
            {"file": str(each.path), "bytes": each.size, "verdict": each.verdict}
            for each in sorted(results, key=lambda each: -each.size)[:_SHOWN]
        ],
    }


def _pairs(results: Iterable[Compared], other: str) -> Iterator[tuple[Path, Opinion, Opinion]]:
    """What we and another say of each signature that either of us saw."""
    for each in results:
        ours, theirs = each.opinions.get(OURS), each.opinions.get(other)
        if ours is None or theirs is None:
            continue
        # What is said of a file as a whole holds for each signature that the other saw in it.
        for name in sorted({*ours, *theirs} - {""}) or {*ours, *theirs}:
            yield each.path, _said(ours, name), _said(theirs, name)


def _said(opinions: Opinions, name: str) -> Opinion:
    return opinions.get(name, opinions.get("", Opinion.MISSING))


def _agreement(results: Sequence[Compared], other: str) -> dict[str, float]:
    pairs = [(ours, theirs) for _, ours, theirs in _pairs(results, other)]
    same = sum(ours is theirs for ours, theirs in pairs)
    return {"same": same, "of": len(pairs), "share": round(same / len(pairs), 4) if pairs else 1.0}


def _disagreement(results: Sequence[Compared], others: Sequence[str]) -> dict[str, Any]:
    """By kind, how often and where first."""
    found: dict[str, list[str]] = {}
    for other in others:
        for path, ours, theirs in _pairs(results, other):
            if ours is not theirs:
                found.setdefault(f"ours {ours}, {other} {theirs}", []).append(str(path))
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {kind: {"count": len(paths), "files": paths[:_NAMED]} for kind, paths in ordered}


def _slowest(results: Sequence[Compared]) -> list[dict[str, Any]]:
    ordered = sorted(results, key=lambda each: -each.seconds.get(OURS, 0.0))[:_SHOWN]
    return [
        {
            "file": str(each.path),
            "seconds": {name: round(spent, 3) for name, spent in each.seconds.items()},
        }
        for each in ordered
    ]
