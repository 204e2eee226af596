"""Mutate sealed files and see that nothing altered is accepted.

A mutation may be accepted only if the signed bytes are untouched and the pages look the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from random import Random
from typing import Any

import pypdfium2

from signing.checklist import DEFECT
from signing.levels import Level
from signing.report import Verdict
from signing.validation import validate_document
from tests.attacks.anatomy import hole
from tests.attacks.mutation_bytes import BYTE_MUTATIONS, Mutation
from tests.attacks.mutation_container import CONTAINER_MUTATIONS
from tests.attacks.mutation_later import LATER_MUTATIONS
from tests.attacks.mutation_structure import STRUCTURE_MUTATIONS
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    sealed_document,
    trust,
)

MUTATIONS: Mapping[str, Mutation] = {
    f"{group}.{mutation.__name__}": mutation
    for group, mutations in (
        ("byte", BYTE_MUTATIONS),
        ("structure", STRUCTURE_MUTATIONS),
        ("container", CONTAINER_MUTATIONS),
        ("later", LATER_MUTATIONS),
    )
    for mutation in mutations
}


@cache
def subjects() -> Mapping[str, bytes]:
    """A sealed file of every algorithm at every level."""
    files = {}
    for slug in ALGORITHMS:
        for level in Level:
            files[f"{slug} {level.value}"] = sealed_document(slug, level)
    return files


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One mutated file; the number and the seed make it again."""

    number: int
    subject: str
    mutation: str
    content: bytes


def make_mutant(seed: int, number: int) -> Mutant:
    """The mutant of that number."""
    chance = Random(f"{seed}/{number}")  # noqa: S311  # reproducible
    subject = chance.choice(list(subjects()))
    mutation = chance.choice(list(MUTATIONS))
    original = subjects()[subject]
    content = original
    while content == original:
        content = MUTATIONS[mutation](original, chance)
    return Mutant(number=number, subject=subject, mutation=mutation, content=content)


@dataclass(kw_only=True)
class Tally:
    """What came of the mutants."""

    tried: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    """Lawfully: neither the signed bytes nor the look are touched."""
    wrong: list[Mutant] = field(default_factory=list)
    """Accepted, though they must not be."""
    crashed: list[tuple[Mutant, str]] = field(default_factory=list)
    """The validator raised something."""

    def add(self, other: "Tally") -> None:
        """Take in the results of another run."""
        self.tried += other.tried
        self.verdicts += other.verdicts
        self.accepted += other.accepted
        self.wrong += other.wrong
        self.crashed += other.crashed

    @property
    def is_clean(self) -> bool:
        """Whether nothing was accepted wrongly and nothing crashed."""
        return not self.wrong and not self.crashed

    def figures(self) -> dict[str, Any]:
        """For a table or for JSON."""
        return {
            "mutations": self.tried.total(),
            "by_kind": dict(sorted(self.tried.items())),
            "verdicts": dict(sorted(self.verdicts.items())),
            "accepted_lawfully": sorted(self.accepted),
            "accepted_wrongly": [_name(mutant) for mutant in self.wrong],
            "crashed": [f"{_name(mutant)}: {error}" for mutant, error in self.crashed],
        }


def _name(mutant: Mutant) -> str:
    return f"{mutant.number} {mutant.mutation} of {mutant.subject}"


def run(seed: int, numbers: Iterable[int]) -> Tally:
    """Make the mutants of these numbers and validate them."""
    tally = Tally()
    for number in numbers:
        mutant = make_mutant(seed, number)
        tally.tried[mutant.mutation] += 1
        try:
            report = validate_document(mutant.content, trust=trust(), at=NOW)
        except Exception as error:  # noqa: BLE001  # a crash is what is looked for
            tally.crashed.append((mutant, repr(error)))
            continue
        if any(check.code == DEFECT for check in report.checks):
            tally.crashed.append((mutant, "a defect, see the log"))
        tally.verdicts[report.verdict.value] += 1
        if report.verdict is Verdict.TOTAL_PASSED:
            if is_lawful(mutant.content, subjects()[mutant.subject]):
                tally.accepted.append(_name(mutant))
            else:
                tally.wrong.append(mutant)
    return tally


def is_lawful(content: bytes, original: bytes) -> bool:
    """Whether the signed bytes are untouched and every page looks the same."""
    start, end = hole(original)
    untouched = content[:start] == original[:start] and content[end:] == original[end:]
    return untouched and _look(content) == _look(original)


def _look(content: bytes) -> list[bytes]:
    document = pypdfium2.PdfDocument(BytesIO(content))
    document.init_forms()
    return [bytes(page.render(scale=1, may_draw_forms=True).buffer) for page in document]
