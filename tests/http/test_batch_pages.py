"""A batch on its pages: checked, summed up, confirmed; what failed can be mended and sent again."""

import csv
import io
import re
import zipfile

import pytest

from certsvc.certificates.batches.tables import read_table
from certsvc.demonstration.people import make_residents
from tests.support.batches import csv_of, row, wait_until, worker
from tests.support.visitors import Visitor

UNKNOWN = "990101199003079997"
"""Of nobody on the register."""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def send(visitor: Visitor, content: bytes, name: str = "十一月.csv") -> str:
    """Send a file as the clerk; the address of its batch."""
    visitor.enter("clerk.wang")
    answer = visitor.client.post("/batches", files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def state(visitor: Visitor, address: str) -> str:
    answer = visitor.client.get(f"/api/v1{address}", headers=visitor.clerk())
    return str(answer.json()["state"])


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_nothing_is_issued_before_the_sum_was_confirmed(visitor: Visitor) -> None:
    rows = [row(0), row(1), row(1), row(2, type="没有的"), row(3, type="没有的"), row(4, holder="")]
    address = send(visitor, csv_of(rows))
    page = visitor.client.get(address).text
    assert "<h1>十一月.csv" in page
    assert "6 行" in page
    assert "<strong>2 行</strong>" in page
    assert "证明类型不认识，或本单位不能调取：2 处（最先在第 5 行）" in page
    assert "与前面的行重复：1 处" in page
    assert "无犯罪记录证明：2 份" in page
    assert "预计用时" in page
    assert state(visitor, address) == "checked"
    assert "只办理没有错误的 2 行" in page
    for _ in range(2):
        assert visitor.client.post(f"{address}/confirm", data={"key": "k"}).status_code == 303
    assert state(visitor, address) == "waiting"


def test_only_whoever_sent_it_confirms_and_it_can_be_discarded(visitor: Visitor) -> None:
    address = send(visitor, csv_of([row(0)]))
    batch = address.rpartition("/")[2]
    other = visitor.client.post(
        f"/api/v1/batches/{batch}/confirm", headers=visitor.bearer("clerk.chen")
    )
    assert other.status_code == 404
    assert visitor.client.post(f"{address}/resume", data={"key": "k"}).status_code == 409
    assert visitor.client.post(f"{address}/cancel", data={"key": "k"}).status_code == 303
    assert state(visitor, address) == "cancelled"
    assert visitor.client.post(f"{address}/confirm", data={"key": "k"}).status_code == 409
    listed = visitor.client.get("/batches").text
    assert "十一月.csv" in listed
    assert "王经办" in listed
    assert "clerk.wang" not in listed


def test_results_name_holder_and_proof_and_what_failed_is_mended(visitor: Visitor) -> None:
    address = send(visitor, csv_of([row(0), row(2, holder=UNKNOWN), row(3, purpose="")]))
    visitor.client.post(f"{address}/confirm", data={"key": "k"})
    with worker(visitor.world) as faults:
        wait_until(lambda: state(visitor, address) == "done")
    assert faults == []
    person = make_residents()[0]
    masked = person.name[0] + "*" * (len(person.name) - 1)
    table = lines_of(visitor.client.get(f"{address}/result.csv").content)
    result = dict(zip(table[0], table[1], strict=True))
    assert (result["证明"], result["持证主体（掩码）"]) == ("无犯罪记录证明", masked)
    assert result["事项"] == "人才补贴申领"
    with zipfile.ZipFile(io.BytesIO(visitor.client.get(f"{address}/result.zip").content)) as papers:
        (name,) = [each for each in papers.namelist() if each.endswith(".pdf")]
    assert name == f"000002-{masked.replace('*', '＊')}-无犯罪记录证明.pdf"
    failed = lines_of(visitor.client.get(f"{address}/failed.csv").content)
    assert failed[0][-1] == "问题（不用填）"
    assert [line[2] for line in failed[1:]] == [UNKNOWN, row(3)["holder"]]
    assert all(line[-1] for line in failed[1:])
    book = visitor.client.get(f"{address}/failed.xlsx").content
    assert read_table(book).titles == tuple(failed[0])
    mended = [*failed]
    mended[2][4] = "申领人才住房补贴"
    file = io.StringIO(newline="")
    csv.writer(file).writerows([mended[0], mended[2]])
    again = send(visitor, file.getvalue().encode(), "改正.csv")
    assert "没有发现错误" in visitor.client.get(again).text


def test_rows_that_are_all_wrong_come_back_as_they_were_typed(visitor: Visitor) -> None:
    address = send(visitor, csv_of([row(0, holder="12"), row(1, type="没有的")]))
    page = visitor.client.get(address).text
    assert "一行也没有办理" in page
    (link,) = re.findall(rf'href="({address}/failed\.xlsx)"', page)
    assert visitor.client.get(link).status_code == 200
    failed = lines_of(visitor.client.get(f"{address}/failed.csv").content)
    assert [failed[1][2], failed[2][0]] == ["12", "没有的"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PNG, "这是图片，不是表格"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "这是图片，不是表格"),
        (b"%PDF-1.7\n...", "这是 PDF，不是表格"),
        (b"", "文件是空的"),
        (b"  \n ", "文件是空的"),
    ],
)
def test_what_is_no_table_is_told_as_what_it_is(
    visitor: Visitor, content: bytes, told: str
) -> None:
    visitor.enter("clerk.wang")
    answer = visitor.client.post("/batches", files={"file": ("表.png", content)})
    assert answer.status_code == 422
    assert told in answer.text


def test_the_templates_example_makes_sense(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    example = lines_of(visitor.client.get("/batches/template.csv").content)[1]
    assert example[0].startswith("# ")
    assert example[1] == "居民身份证"
    assert "企业" not in example[3], "a firm has no identity number"
    assert example[3] in example[4], "the purpose is that of the matter"


def test_an_old_identity_number_is_told(visitor: Visitor) -> None:
    address = send(visitor, csv_of([row(0, holder="990101900307002")]))
    assert "15 位旧号码，多半查不到；仍会办理：1 处" in visitor.client.get(address).text
