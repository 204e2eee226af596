"""What is looked at is bounded by counts, so a busy machine answers as an idle one does."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

import pikepdf
import pytest

from signing.pdf.document_limits import (
    INPUT_OBJECT_LIMIT,
    INPUT_SIZE_LIMIT,
    OBJECT_LIMIT,
    PAGE_LIMIT,
    SIZE_LIMIT,
)
from signing.reading.bounded_reading import read_facts_bounded
from signing.reading.document_facts import read_facts
from signing.reading.reading_limits import OBJECT_MEMORY
from signing.report import Outcome, Verdict, is_unfinished
from signing.validation import validate_document
from tests.attacks.anatomy import Anatomy
from tests.attacks.bombs import _FRAME, _page_repeated, _pages, foreign
from tests.support.foreign_pki import TODAY, foreign_pki
from tests.support.foreign_seals import Wishes, blank_document, sign
from tests.support.seals import sealed_document, validate

_BUSY = 4
_SIGNATURES = 25


@contextmanager
def _busy_machine() -> Iterator[None]:
    """Four processes that do nothing but compute."""
    loop = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(loop) for _ in range(_BUSY)]  # noqa: S603  # a list, no shell
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def _tagged(elements: int) -> bytes:
    """A page with a tree of structure elements, as a browser writes a long table."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        body = pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.TD)
        cells = [pdf.make_indirect(pikepdf.Dictionary(body)) for _ in range(elements)]
        tree = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot, K=pikepdf.Array(cells))
        pdf.Root.StructTreeRoot = pdf.make_indirect(tree)
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _signed_often() -> bytes:
    """One seal, and two dozen fields more that name it."""
    old = Anatomy.of(sealed_document())
    field = old.objects[old.widget]
    numbers = [old.add(field.replace(b"/T (Seal)", b"/T (S%d)" % n)) for n in range(24)]
    listed = b"".join(b"%d 0 R " % number for number in numbers)
    old.replace(old.catalog, b"/Fields [ ", b"/Fields [ " + listed)
    return old.write()


def _outcomes(document: bytes) -> list[tuple[str, int | None, str]]:
    return [(check.name, check.seal, check.code) for check in validate(document).checks]


def test_a_busy_machine_gives_the_same_answers() -> None:
    documents = [_tagged(3_000), _signed_often(), sealed_document() + b"\n"]
    idle = [_outcomes(document) for document in documents]
    with _busy_machine():
        busy = [_outcomes(document) for document in documents]
    assert busy == idle
    assert not [code for answer in idle for _, _, code in answer if "costly" in code]


def test_every_one_of_many_signatures_is_judged() -> None:
    checks = _outcomes(_signed_often())
    digests = [seal for name, seal, code in checks if code.startswith("validation.digest.")]
    judged = [code for name, _, code in checks if name == "digest" and "not-reached" not in code]
    assert len(digests) == len(judged) == _SIGNATURES


def test_a_long_tagged_table_is_read_within_the_memory_of_any_file() -> None:
    facts = read_facts_bounded(_tagged(25_000))
    assert (facts.page_count, facts.irregular) == (1, False)


def test_the_last_part_of_a_large_file_is_read_too() -> None:
    """Which is read in parts, for the library forgets nothing."""
    out = BytesIO()
    with pikepdf.open(BytesIO(_tagged(20_100))) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("x"))
        pdf.make_indirect(script)
        pdf.Root.Kept = pdf.make_indirect(script)
        pdf.save(out)
    facts = read_facts(out.getvalue())
    assert (facts.page_count, facts.active_kind, facts.irregular) == (1, "JS", False)


def _many_rows() -> bytes:
    """A page, and a table of more objects than are looked at."""
    document = foreign(*_FRAME)
    rows = b"0000000009 00000 n \n" * OBJECT_LIMIT
    size = len(_FRAME) + 1
    table = b"%d %d\n%btrailer\n" % (size, OBJECT_LIMIT, rows)
    named = b"/Size %d " % (size + OBJECT_LIMIT)
    return document.replace(b"trailer\n", table).replace(b"/Size %d " % size, named)


_BEYOND: dict[str, tuple[Callable[[], bytes], str]] = {
    "bytes": (lambda: b"%PDF-1.7\n" + bytes(SIZE_LIMIT), "too-large"),
    "objects": (_many_rows, "too-many-objects"),
    "pages": (lambda: _pages(foreign, PAGE_LIMIT + 1), "too-many-pages"),
    "memory": (lambda: _page_repeated(foreign, 4 << 20), "too-costly"),
}


@pytest.mark.parametrize("name", _BEYOND)
def test_a_limit_of_ours_accuses_nobody(name: str) -> None:
    make, reason = _BEYOND[name]
    report = validate(make())
    codes = {check.code.rpartition(".")[2] for check in report.checks if is_unfinished(check)}
    assert reason in codes
    assert report.verdict is Verdict.INDETERMINATE
    assert not [check for check in report.checks if check.outcome is Outcome.FAILED]


def test_what_is_sealed_can_be_validated() -> None:
    """Room for the seal, and for archive revisions of decades."""
    assert INPUT_OBJECT_LIMIT + 5_000 <= OBJECT_LIMIT
    assert INPUT_SIZE_LIMIT + (4 << 20) <= SIZE_LIMIT
    assert OBJECT_MEMORY * OBJECT_LIMIT < 256 << 20


def test_a_foreign_file_signed_again_and_again_is_judged() -> None:
    document = blank_document()
    for number in range(4):
        document = sign(document, Wishes(field=f"S{number}"))
    report = validate_document(document, trust=foreign_pki().trust, at=TODAY)
    assert [report.check("digest", seal=seal).outcome.value for seal in range(4)] == ["passed"] * 4
