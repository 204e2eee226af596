"""No page, and no step of issuing, reads a whole table that grows with the work."""

import pytest

from certsvc.demonstration.district import HIRING_MATTER, SCHOOL, TALENT_MATTER
from certsvc.foundation.storage.objects import parse_digest
from templates.checking_content import codes_seen
from tests.support.crowds import crowd, heard, whole_tables_read
from tests.support.visitors import Visitor

FEW, MANY = 300, 200_000
_SEAL = "data-sharing-seal"
LISTS = (
    "certificates",
    "certificates?sort=valid_until",
    "certificates?sort=-matter",
    "certificates?state=revoked",
    f"certificates?matter={TALENT_MATTER}&type=no-criminal-record",
    "certificates?q=S5AY5ZDFJEWYQF1V8JSH&extracted_from=2026-01-01",
)
OF_CLERK = ("batches?state=done", "batches?sort=rows", "events", "uses")


def look_at_everything(visitor: Visitor, sealed: bytes, identifier: str) -> int:
    """Visit each list and each search as those who see most of it; return how many answered."""
    world, client = visitor.world, visitor.client
    code = codes_seen(sealed)[0].rpartition("/")[2]
    number = world.resident.identity_number
    answers = [client.get(f"/v/{code}"), client.post("/verify", files={"file": ("a.pdf", sealed)})]
    pages = {
        number: ("/my",),
        "clerk.wang": ("/", "/desk", "/records", f"/records/{identifier}", "/batches", "/notices"),
        "pack.sun": ("/packs", "/jobs", "/notices", "/notices/deliveries"),
        "seal.zhao": ("/seals", f"/seals/{_SEAL}", f"/seals/{_SEAL}/uses", "/notices"),
    }
    for name, addresses in pages.items():
        visitor.enter(name)
        answers += [client.get(address) for address in addresses]
    visitor.enter("clerk.wang")
    for asked in ({"paper": identifier}, {"holder": number, "holder-kind": "111"}):
        answers.append(client.post("/records", data=asked | visitor.stamp("/records")))
    holder = {"holder": number, "holder-kind": "111", "matter": TALENT_MATTER}
    found = client.post("/desk/holder", data=holder | visitor.stamp("/desk"))
    answers.append(client.get(found.headers["location"]))
    client.cookies.clear()
    for headers in (visitor.clerk(), visitor.holder()):
        answers += [client.get(f"/api/v1/{address}", headers=headers) for address in LISTS]
    clerk, handler, keeper = (
        visitor.bearer(name) for name in ("clerk.wang", "handler.li", "seal.zhao")
    )
    answers += [client.get(f"/api/v1/{address}", headers=clerk) for address in OF_CLERK]
    records = "/api/v1/records?type=no-criminal-record"
    answers += [client.get(f"{records}{more}", headers=handler) for more in ("", "&state=revoked")]
    uses = f"/api/v1/seals/{_SEAL}/uses"
    answers += [client.get(f"{uses}{more}", headers=keeper) for more in ("", "?sort=unit")]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return len(answers)


def require_indexes(visitor: Visitor, rows: int) -> None:
    world = visitor.world
    issued = world.issue()
    services = world.services
    sealed = services.store.get(parse_digest(issued.sha256))
    crowd(services.database, rows)
    with heard(services.database.engine) as asked:
        look_at_everything(visitor, sealed, issued.identifier)
        services.issuer.issue(
            world.request(unit_code=SCHOOL, matter_code=HIRING_MATTER),
            actor=world.staff("clerk.chen"),
        )
        services.recovery.recover()
    assert len(asked) > 100
    engine = services.database.engine
    found = whole_tables_read(engine, asked, is_small=rows == FEW)
    assert not found, "\n".join(map("\n".join, found))


def test_no_page_reads_a_whole_table(visitor: Visitor) -> None:
    require_indexes(visitor, FEW)


@pytest.mark.heavy("200,000 rows; the plans of few rows are looked at always")
def test_no_page_reads_a_whole_table_of_many_rows(visitor: Visitor) -> None:
    require_indexes(visitor, MANY)
