"""The table of later revisions: what is appended to which file, and how it is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.attacks.later_annotations import DANGEROUS, Shape, drawn_over, shapes
from tests.attacks.later_bytes import Draft
from tests.attacks.later_changes import CHANGES, LAWFUL_IN_FOREIGN_FILES, Change, archive
from tests.attacks.later_subjects import SUBJECTS, Subject, subject
from tests.attacks.later_tricks import RESPELLINGS, TRICKS
from tests.attacks.later_writing import SPELLINGS, write_later


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One file."""

    subject: str
    defect: str
    make: Callable[[Subject], bytes]
    leaves_the_seal: bool = False
    """Every reader still finds the seal, and what it covers."""

    @property
    def is_ours(self) -> bool:
        """Whether the file says that it is."""
        return subject(self.subject).is_ours

    @property
    def name(self) -> str:
        return f"{self.subject}: {self.defect}"

    def content(self) -> bytes:
        """The file."""
        return self.make(subject(self.subject))


def _drawing(name: str, shape: Shape) -> Variant:
    return Variant(
        subject=name,
        defect=shape.name,
        make=lambda good: drawn(good, shape),
        leaves_the_seal=True,
    )


def drawn(good: Subject, shape: Shape) -> bytes:
    """The file with something appended that may be drawn."""
    return write_later(drawn_over(good.content, shape), shape.spelling, at=good.at)


def _changing(name: str, change: str, spelling: str, *, archived: bool) -> Variant:
    def make(good: Subject) -> bytes:
        return changed(good, CHANGES[change], spelling, archived=archived)

    beside = " beside an archive timestamp" if archived else ""
    return Variant(subject=name, defect=f"{change}{beside}, written with {spelling}", make=make)


def changed(good: Subject, change: Change, spelling: str, *, archived: bool) -> bytes:
    """The file with a change appended, with or without a good timestamp over it."""
    draft = Draft.of(good.content)
    change(draft)
    if archived and not draft.outside:
        draft = Draft.of(good.content)
        archive(draft)
        change(draft)
    return write_later(draft, spelling, at=good.at)


def _walk() -> Iterator[Variant]:
    """Every shape on one file, the dangerous ones on all; every change on some, and every trick."""
    for number, shape in enumerate(shapes()):
        yield _drawing(SUBJECTS[number % len(SUBJECTS)], shape)
    for name in SUBJECTS:
        for shape in DANGEROUS:
            yield _drawing(name, shape)
    spellings, foreign = list(SPELLINGS), SUBJECTS[3:]
    for number, change in enumerate(CHANGES):
        yield _changing("ours B-T", change, spellings[number % len(spellings)], archived=False)
        yield _changing("ours archived", change, "as ours", archived=True)
        yield _changing("ours archived", change, "a line break after trailer", archived=True)
        if change not in LAWFUL_IN_FOREIGN_FILES:
            yield _changing(foreign[number % len(foreign)], change, "as ours", archived=True)
    for number, (defect, trick) in enumerate((TRICKS | RESPELLINGS).items()):
        names = ["ours B-T", "ours archived"]
        names += [] if defect in RESPELLINGS else [foreign[number % len(foreign)]]
        yield from (Variant(subject=name, defect=defect, make=trick) for name in names)


VARIANTS = tuple(_walk())
"""All of them, always in the same order."""
