"""Anyone asks whether a certificate is genuine."""

from datetime import timedelta

import pytest

from certsvc.foundation.storage.objects import parse_digest
from templates.checking_content import codes_seen
from tests.support.broken_files import (
    appended,
    changed,
    empty_file,
    pdf_of_pages,
    picture,
    truncated,
    zip_named_pdf,
)
from tests.support.visitors import Visitor

CHECKS = "/api/v1/verifications"
PDF = {"Content-Type": "application/pdf"}
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def sealed(visitor: Visitor) -> bytes:
    issued = visitor.world.issue()
    return visitor.world.services.store.get(parse_digest(issued.sha256))


@pytest.mark.both_engines
def test_what_was_issued_is_authentic_whichever_way_it_is_sent(
    visitor: Visitor, sealed: bytes
) -> None:
    raw = visitor.client.post(CHECKS, content=sealed, headers=PDF).json()
    form = visitor.client.post(CHECKS, files={"file": ("证明.pdf", sealed)}).json()
    assert raw == form
    assert raw["verdict"] == "TOTAL-PASSED"
    assert raw["answer"] == "authentic"
    assert raw["level"] == "PAdES-BASELINE-LT"
    assert raw["copy"]["holder_name"] == "青**"
    assert visitor.world.resident.identity_number not in str(raw)
    assert {check["outcome"] for check in raw["checks"]} == {"passed", "not_checked"}


@pytest.mark.parametrize("change", [changed, appended, truncated])
def test_a_changed_file_is_not_authentic(visitor: Visitor, sealed: bytes, change: object) -> None:
    assert callable(change)
    answer = visitor.client.post(CHECKS, content=change(sealed), headers=PDF).json()
    assert answer["verdict"] == "TOTAL-FAILED"
    assert answer["answer"] in {"not_authentic", "unreadable"}
    assert answer["copy"] is None


def test_an_expired_copy_is_genuine_and_not_in_force(visitor: Visitor, sealed: bytes) -> None:
    visitor.world.clock.advance(timedelta(days=40))
    answer = visitor.client.post(CHECKS, content=sealed, headers=PDF).json()
    assert answer["answer"] == "not_in_force"
    assert answer["copy"]["state"] == "expired"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (empty_file(), "validation.file-structure.empty"),
        (zip_named_pdf(), "validation.file-structure.zip"),
        (picture(), "validation.file-structure.not-pdf"),
        (pdf_of_pages(1), "validation.seal-present.none"),
        (b"%PDF-1.7\n" + b"\x00" * 100, "validation.file-structure.damaged"),
    ],
    ids=["empty", "zip", "picture", "unsealed", "hollow"],
)
def test_any_other_file_gets_an_answer_that_says_what_it_is(
    visitor: Visitor, content: bytes, code: str
) -> None:
    files = {"file": ("certificate.pdf", content, "application/pdf")}
    chinese = visitor.client.post(CHECKS, files=files)
    english = visitor.client.post(CHECKS, files=files, headers=ENGLISH)
    assert chinese.status_code == 200
    assert chinese.json()["answer"] in {"unreadable", "unsealed"}
    assert chinese.json()["verdict"] != "TOTAL-PASSED"
    failed = [c for c in chinese.json()["checks"] if c["outcome"] == "failed"]
    assert code in [check["code"] for check in failed]
    texts = [
        next(c["text"] for c in answer.json()["checks"] if c["code"] == code)
        for answer in (chinese, english)
    ]
    assert code not in texts
    assert texts[0] != texts[1]


def test_a_file_with_more_pages_than_are_looked_at_is_undecided(visitor: Visitor) -> None:
    files = {"file": ("certificate.pdf", pdf_of_pages(2_001), "application/pdf")}
    answer = visitor.client.post(CHECKS, files=files).json()
    assert (answer["answer"], answer["verdict"]) == ("undecided", "INDETERMINATE")
    (ended,) = (c for c in answer["checks"] if c["code"].endswith("too-many-pages"))
    assert ended["outcome"] == "not_checked"
    assert "2000" in ended["text"]


@pytest.mark.both_engines
def test_a_code_finds_its_copy_and_says_what_it_does_not_prove(
    visitor: Visitor, sealed: bytes
) -> None:
    code = codes_seen(sealed)[0].rpartition("/")[2]
    typed = f"{code[:5]}-{code[5:].lower()}"
    answer = visitor.client.get(f"{CHECKS}/{typed}").json()
    assert answer["answer"] == "registered"
    outcomes = {check["name"]: check["outcome"] for check in answer["checks"]}
    assert outcomes["in-hand"] == "not_checked"


@pytest.mark.parametrize("code", ["0" * 26, "x", "%00", "%ff%fe", "A" * 5000, "' OR 1=1 --"])
def test_an_unknown_code_is_no_copy(visitor: Visitor, code: str) -> None:
    answer = visitor.client.get(f"{CHECKS}/{code}")
    assert (answer.status_code, answer.json()["code"]) == (404, "authenticity.code-unknown")


def test_a_file_beyond_the_limit_is_refused_while_it_is_read(visitor: Visitor) -> None:
    limit = visitor.world.services.settings.upload_max_bytes
    answer = visitor.client.post(CHECKS, content=bytes(limit + 1), headers=PDF)
    assert (answer.status_code, answer.json()["code"]) == (413, "authenticity.file-too-large")
    answer = visitor.client.post(CHECKS, content=bytes(limit * 2), headers=PDF)
    assert (answer.status_code, answer.json()["code"]) == (413, "authenticity.file-too-large")
    assert "20 MB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{}", {"Content-Type": "application/json"}, "http.unsupported-media-type"),
        (b"", {}, "http.unsupported-media-type"),
        (b"x", {"Content-Type": "multipart/form-data"}, "http.malformed-body"),
        (b"x", {"Content-Type": "multipart/form-data; boundary=a"}, "http.malformed-body"),
        (b"--a--\r\n", {"Content-Type": "multipart/form-data; boundary=a"}, "http.file-missing"),
    ],
)
def test_what_is_no_upload_is_refused(
    visitor: Visitor, content: bytes, headers: dict[str, str], code: str
) -> None:
    answer = visitor.client.post(CHECKS, content=content, headers=headers)
    assert answer.json()["code"] == code
    assert 400 <= answer.status_code < 500


def test_a_form_without_its_file_is_refused(visitor: Visitor) -> None:
    answer = visitor.client.post(CHECKS, files={"other": ("a.pdf", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (422, "http.file-missing")
