"""Reports as JSON, page and PDF: one answer, and no door says more than another."""

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from certsvc.foundation.messages.catalogue import load_catalogue
from certsvc.foundation.storage.objects import digest_of, parse_digest
from certsvc.verification.authenticity.rules import AuthenticityAnswer
from templates.checking_content import codes_seen, page_texts, squeezed
from tests.judges.verapdf import require_conformance
from tests.support.broken_files import changed, zip_named_pdf
from tests.support.command import run_command
from tests.support.visitors import Visitor

CHECKS = "/api/v1/verifications"
PDF = {"Content-Type": "application/pdf"}
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def sealed(visitor: Visitor) -> bytes:
    issued = visitor.world.issue()
    return visitor.world.services.store.get(parse_digest(issued.sha256))


def text_of(paper: bytes) -> str:
    return squeezed("".join(page_texts(paper)))


def machine_of(paper: bytes) -> dict[str, object]:
    with pikepdf.open(BytesIO(paper)) as pdf:
        content = pdf.attachments["report.json"].get_file().read_bytes()
    found: dict[str, object] = json.loads(content)
    return found


def test_steps_are_numbered_named_and_show_their_evidence(visitor: Visitor, sealed: bytes) -> None:
    answer = visitor.client.post(CHECKS, content=sealed, headers=PDF).json()
    checks = answer["checks"]
    assert [check["number"] for check in checks] == list(range(1, len(checks) + 1))
    assert all(check["title"] and check["text"] for check in checks)
    twin = next(check for check in checks if check["name"] == "twin")
    assert twin["evidence"]["pack"] == "no-criminal-record"
    assert answer["sha256"] == digest_of(sealed)
    assert answer["seals"][0]["verdict"] == "TOTAL-PASSED"
    page = visitor.client.post("/verify", files={"file": ("a.pdf", sealed)}).text
    assert page.count("<details") > 10
    # The long list is folded below a plain answer.
    assert page.index("<h1>核验通过</h1>") < page.index("<details") < page.index("内容摘要")
    for check in checks:
        assert f"{check['number']}. {check['title']}" in page


@pytest.mark.parametrize("headers", [{}, ENGLISH])
def test_a_file_is_answered_in_pdf(
    visitor: Visitor, sealed: bytes, headers: dict[str, str], tmp_path: Path
) -> None:
    said = visitor.client.post(CHECKS, content=sealed, headers=PDF | headers).json()
    answer = visitor.client.post(f"{CHECKS}/report.pdf", content=sealed, headers=PDF | headers)
    assert answer.headers["content-type"] == "application/pdf"
    assert machine_of(answer.content) == said
    text = text_of(answer.content)
    assert squeezed(said["title"]) in text
    assert digest_of(sealed) in text
    assert all(squeezed(check["text"]) in text for check in said["checks"])
    assert text.index(squeezed(said["title"])) < text.index(squeezed(said["checks"][0]["text"]))
    assert visitor.world.resident.identity_number not in text
    assert visitor.world.resident.name not in text
    path = tmp_path / "report.pdf"
    path.write_bytes(answer.content)
    require_conformance([path])


def test_the_page_of_an_upload_gives_its_report_without_the_file(
    visitor: Visitor, sealed: bytes
) -> None:
    page = visitor.client.post("/verify", files={"file": ("a.pdf", changed(sealed))}).text
    packed = re.search(r'name="report" value="([^"]+)"', page)
    assert packed
    paper = visitor.client.post("/verify/report.pdf", data={"report": packed[1]})
    assert paper.headers["content-type"] == "application/pdf"
    assert "核验不通过" in text_of(paper.content)
    assert digest_of(changed(sealed)) in text_of(paper.content)
    assert "report-" in paper.headers["content-disposition"]
    middle = len(packed[1]) // 2
    other = "A" if packed[1][middle] != "A" else "B"
    for bad in ("", "x", "é", packed[1][:middle] + other + packed[1][middle + 1 :]):
        refused = visitor.client.post("/verify/report.pdf", data={"report": bad})
        assert (refused.status_code, "重新上传" in refused.text) == (422, True)
    visitor.world.clock.advance(timedelta(minutes=61))
    late = visitor.client.post("/verify/report.pdf", data={"report": packed[1]})
    assert late.status_code == 422


@pytest.mark.both_engines
def test_the_page_of_a_code_gives_its_report(visitor: Visitor, sealed: bytes) -> None:
    code = codes_seen(sealed)[0].rpartition("/")[2]
    page = visitor.client.get(f"/v/{code}").text
    assert f'href="/v/{code}/report.pdf"' in page
    for address in (f"/v/{code}/report.pdf", f"{CHECKS}/{code}/report.pdf"):
        paper = visitor.client.get(address)
        text = text_of(paper.content)
        assert "确有这份证明，目前有效" in text
        assert "核验通过" not in text
    assert visitor.client.get(f"{CHECKS}/{'0' * 26}/report.pdf").status_code == 404
    assert visitor.client.get(f"/v/{'0' * 26}/report.pdf").status_code == 404


def test_the_command_writes_a_report(visitor: Visitor, sealed: bytes, tmp_path: Path) -> None:
    file, out = tmp_path / "证明.pdf", tmp_path / "report.pdf"
    file.write_bytes(sealed)
    root = visitor.world.home / "trust.pem"
    home = tmp_path / "none"
    options = ("verify", "--trust", str(root), "--json", "--report", str(out))
    answer = run_command(home, *options, str(file), "--lang", "en")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    assert said.pop("file") == str(file)
    assert machine_of(out.read_bytes()) == said
    assert "Authentic" in text_of(out.read_bytes())
    again = run_command(home, *options, str(file))
    assert (again.code, "cli.out-exists" in again.err) == (1, True)
    several = run_command(home, *options, str(file), str(file))
    assert (several.code, "cli.report-of-one" in several.err) == (1, True)


def test_a_report_of_a_file_that_is_none(visitor: Visitor, tmp_path: Path) -> None:
    paper = visitor.client.post(f"{CHECKS}/report.pdf", content=zip_named_pdf(), headers=PDF)
    assert "这个文件没法核验" in text_of(paper.content)
    path = tmp_path / "report.pdf"
    path.write_bytes(paper.content)
    require_conformance([path])


@pytest.mark.parametrize("answer", list(AuthenticityAnswer))
def test_every_answer_has_its_words(answer: AuthenticityAnswer) -> None:
    assert f"answer.{answer.value}.title" in load_catalogue()
    assert f"answer.{answer.value}.text" in load_catalogue()
