"""The reading server: answers, bounds, and what happens when a process is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from signing.reading.bounded_reading import ReadingTooCostlyError, read_facts_bounded
from signing.reading.document_facts import DocumentFacts, UnreadableDocumentError, read_facts
from signing.reading.facts_encoding import NotFactsError, decode_facts, encode_facts
from signing.reading.signature_fields import SignatureFacts
from tests.attacks.bombs import foreign

_ROOT = Path(__file__).parents[3]
_LIMIT_S = 20


def _document(pages: int = 1) -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def _servers(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task").iterdir()
    children = [int(pid) for task in listed for pid in (task / "children").read_text().split()]
    return [pid for pid in children if b"signing.reading.reading_server" in _command(pid)]


def _command(process: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_reads_what_reading_here_gives() -> None:
    assert replace(read_facts_bounded(_document(3)), whole_ends=()) == read_facts(_document(3))


def test_a_damaged_file_is_unreadable() -> None:
    with pytest.raises(UnreadableDocumentError) as raised:
        read_facts_bounded(b"%PDF-1.7\nnothing")
    assert not isinstance(raised.value, ReadingTooCostlyError)


def test_a_file_that_takes_too_much_memory_is_too_costly() -> None:
    with pytest.raises(ReadingTooCostlyError):
        read_facts_bounded(_wide())


def _wide() -> bytes:
    """One page, named a million times by the page tree: each becomes a page of its own."""
    return foreign(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [ %b] >>" % (b"3 0 R " * 1_000_000),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 9 9 ] /Resources << >> >>",
    )


def test_many_threads_at_once() -> None:
    documents = {pages: _document(pages) for pages in range(1, 9)}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: read_facts_bounded(documents[n % 8 + 1]), range(64)))
    assert [facts.page_count for facts in answers] == [n % 8 + 1 for n in range(64)]


def test_one_server_is_kept_and_started_again_when_it_is_gone() -> None:
    read_facts_bounded(_document())
    (first,) = _servers(os.getpid())
    read_facts_bounded(_document())
    assert _servers(os.getpid()) == [first]
    os.kill(first, signal.SIGKILL)
    assert read_facts_bounded(_document()).page_count == 1
    (second,) = _servers(os.getpid())
    assert second != first


def test_a_forked_process_has_a_server_of_its_own() -> None:
    read_facts_bounded(_document())
    child = os.fork()
    if child == 0:
        good = read_facts_bounded(_document(2)).page_count == 2 and len(_servers(os.getpid())) == 1
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert read_facts_bounded(_document()).page_count == 1


@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"], ids=["returns", "is killed"])
def test_the_server_ends_with_its_process(end: str) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from signing.reading.bounded_reading import read_facts_bounded\n"
        "read_facts_bounded(sys.stdin.buffer.read())\n"
        "tasks = pathlib.Path('/proc/self/task').iterdir()\n"
        "print(*((task / 'children').read_text() for task in tasks), flush=True)\n"
    )
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, "-W", "error", "-c", program + end],
        input=_document(),
        capture_output=True,
        check=False,
        cwd=_ROOT,
        timeout=_LIMIT_S,
    )
    assert finished.stderr == b""
    (server,) = (int(number) for number in finished.stdout.split())
    _wait_until(lambda: b"signing.reading.reading_server" not in _command(server))


def test_the_answer_becomes_declared_types_only() -> None:
    signature = SignatureFacts(
        field_name="印章",
        byte_range=(0, 1, 2, 3),
        contents=b"\x00\xff",
        type="/Sig",
        sub_filter="/ETSI.CAdES.detached",
        permission=None,
        certifies=True,
        reason="",
        location="",
        claimed="D:2026",
    )
    facts = DocumentFacts(page_count=1, signatures=(signature,), active_kind=None)
    facts = replace(facts, signatures=(signature, replace(signature, permission=2)))
    assert decode_facts(encode_facts(facts)) == facts
    for old, new in (
        (b'"page_count": 1', b'"page_count": "1"'),
        (b'"page_count": 1', b'"pages": 1'),
        (b'"certifies": true', b'"certifies": 1'),
        (b'"AP8="', b'"?"'),
        (b"[0, 1, 2, 3]", b"0"),
        (
            b"{",
            b"[",
        ),
    ):
        encoded = encode_facts(facts)
        assert old in encoded
        with pytest.raises(NotFactsError):
            decode_facts(encoded.replace(old, new, 1))
