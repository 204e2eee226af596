"""Versions of template packs at the interface and on pages: two people, whatever the door."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from certsvc.demonstration.district import BIG_DATA_BUREAU, PASSWORD
from certsvc.foundation.clock import FixedClock
from certsvc.people.accounts.service import register_staff
from certsvc.people.rights.rules import Role
from tests.packs.papers import PACKS
from tests.support.pack_versions import CODE, GIVEN, NEW_WORDS, edits
from tests.support.visitors import Visitor
from tests.support.world import NOW, World, make_world

VERSIONS = "/api/v1/pack-versions"
WHY = {"reason": "样式已核对"}


def write_new_version(folder: Path) -> None:
    """Raise the version of a pack in a folder, with other words."""
    for name, (old, new) in edits(CODE, version="2", words=NEW_WORDS).items():
        path = folder / CODE / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The installation's folder of packs, one of them in a new version."""
    folder = Path(shutil.copytree(PACKS, tmp_path / "packs"))
    write_new_version(folder)
    return folder


@pytest.fixture
def visitor(world: World, folder: Path) -> Iterator[Visitor]:
    """Somebody at an installation in whose folder a new version lies."""
    url = world.services.settings.database_url
    world = make_world(world.home, url, FixedClock(NOW), packs_dir=folder)
    visitor = Visitor(world)
    yield visitor
    visitor.client.close()
    world.services.close()


def propose(visitor: Visitor) -> int:
    headers = visitor.bearer("pack.sun") | {"Idempotency-Key": uuid4().hex}
    answer = visitor.client.post(VERSIONS, json={"pack": CODE, "reason": "新格式"}, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "waiting"
    return int(answer.json()["number"])


def seen(visitor: Visitor, number: int, login: str = "pack.zhou") -> dict[str, str]:
    """What an approval says of a version that was seen whole."""
    whole = visitor.client.get(f"{VERSIONS}/{number}", headers=visitor.bearer(login)).json()
    return WHY | {"shown": whole["shown"]}


def both_hats(visitor: Visitor) -> None:
    """Another account of the proposer, which may approve as well."""
    with visitor.world.services.database.transaction() as session:
        register_staff(
            session,
            login="pack.sun2",
            name="孙模板（演示）",
            person_id="demonstration-pack.sun",
            unit_code=BIG_DATA_BUREAU,
            password=PASSWORD,
            roles=frozenset({Role.PACK_PROPOSER, Role.PACK_APPROVER}),
        )


def in_force(visitor: Visitor) -> str:
    return visitor.world.services.packs.get(CODE).version


@pytest.mark.both_engines
def test_two_people_put_a_version_into_force_over_http(visitor: Visitor) -> None:
    number = propose(visitor)
    assert in_force(visitor) == GIVEN
    answer = visitor.client.post(
        f"{VERSIONS}/{number}/approval",
        json=seen(visitor, number),
        headers=visitor.bearer("pack.zhou"),
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "in_force")
    assert in_force(visitor) == "2"
    listed = visitor.client.get(
        VERSIONS, params={"pack": CODE}, headers=visitor.bearer("pack.sun")
    ).json()["versions"]
    assert [(entry["version"], entry["state"]) for entry in listed] == [
        ("2", "in_force"),
        (GIVEN, "replaced"),
    ]
    assert listed[0]["decision_reason"] == WHY["reason"]


@pytest.mark.parametrize("ending", ["approval", "rejection"])
def test_one_person_is_refused_over_http(visitor: Visitor, ending: str) -> None:
    number = propose(visitor)
    both_hats(visitor)
    address = f"{VERSIONS}/{number}/{ending}"
    body = seen(visitor, number) if ending == "approval" else WHY
    own = visitor.client.post(address, json=body, headers=visitor.bearer("pack.sun"))
    other = visitor.client.post(address, json=body, headers=visitor.bearer("pack.sun2"))
    assert (own.status_code, own.json()["code"]) == (403, "organisations.permission-denied")
    assert (other.status_code, other.json()["code"]) == (403, "approvals.own-proposal")
    assert in_force(visitor) == GIVEN


def test_a_rejection_and_a_withdrawal_change_nothing(visitor: Visitor) -> None:
    for ending, login, state in (
        ("withdrawal", "pack.sun", "withdrawn"),
        ("rejection", "pack.zhou", "rejected"),
    ):
        number = propose(visitor)
        answer = visitor.client.post(
            f"{VERSIONS}/{number}/{ending}", json=WHY, headers=visitor.bearer(login)
        )
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert in_force(visitor) == GIVEN


def test_a_repetition_proposes_nothing(visitor: Visitor) -> None:
    headers = visitor.bearer("pack.sun") | {"Idempotency-Key": "once"}
    body = {"pack": CODE, "reason": "新格式"}
    first, second = (visitor.client.post(VERSIONS, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


def test_what_cannot_be_proposed_is_told(visitor: Visitor, folder: Path) -> None:
    proposer = visitor.bearer("pack.sun")

    def refusal(**changes: object) -> tuple[int, str]:
        body = {"pack": CODE, "reason": "新格式"} | changes
        key = {"Idempotency-Key": uuid4().hex}
        answer = visitor.client.post(VERSIONS, json=body, headers=proposer | key)
        return answer.status_code, str(answer.json()["code"])

    assert refusal(pack="../etc") == (404, "template.pack-unknown")
    assert refusal(reason=" ") == (422, "approvals.reason-missing")
    assert refusal(effective_on="2026-11-20") == (422, "packs.effective-day")
    assert refusal(pack="social-insurance") == (409, "packs.version-approved")
    layout = folder / "social-insurance" / "layout.typ"
    layout.write_text(layout.read_text("utf-8") + "// changed\n", "utf-8")
    assert refusal(pack="social-insurance") == (409, "packs.version-frozen")
    facts = folder / CODE / "pack.toml"
    facts.write_text(re.sub("legal_basis = .*", "legal_basis = []", facts.read_text("utf-8")))
    assert refusal() == (409, "template.pack-unsound")


def test_others_neither_read_nor_decide(visitor: Visitor) -> None:
    number = propose(visitor)
    for headers in (visitor.clerk(), visitor.holder(), visitor.bearer("seal.qian")):
        assert visitor.client.get(VERSIONS, headers=headers).status_code == 403
        body = WHY | {"shown": "0" * 64}
        answer = visitor.client.post(f"{VERSIONS}/{number}/approval", json=body, headers=headers)
        assert answer.status_code == 403


def test_the_pages_take_a_version_from_the_folder_into_force(visitor: Visitor) -> None:
    visitor.enter("pack.sun")
    assert 'href="/packs"' in visitor.client.get("/packs").text
    form = {"pack": CODE, "effective_on": "2026-11-21", "reason": "新格式"}
    proposed = visitor.client.post("/packs", data=form)
    assert proposed.status_code == 303, proposed.text
    address = proposed.headers["location"]
    own = visitor.client.get(address).text
    assert 'value="withdraw"' in own
    assert 'value="approve"' not in own
    visitor.enter("pack.zhou")
    assert address in visitor.client.get("/packs").text
    assert "新格式" in visitor.client.get(address).text
    for sample in ("sample", "sample-hard"):
        picture = visitor.client.get(f"{address}/{sample}.png")
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
    silent = visitor.client.post(address, data={"decision": "approve", "reason": " "})
    assert (silent.status_code, "请写明理由" in silent.text) == (422, True)
    assert in_force(visitor) == GIVEN
    unseen = visitor.client.post(address, data={"decision": "approve", "reason": "已核对"})
    assert (unseen.status_code, in_force(visitor)) == (422, GIVEN)
    done = visitor.approve(address)
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert "现行版本" in visitor.client.get(address).text
    assert in_force(visitor) == "2"


def test_one_person_is_refused_on_the_pages(visitor: Visitor) -> None:
    number = propose(visitor)
    both_hats(visitor)
    for login, code in (("pack.sun", 403), ("pack.sun2", 403)):
        visitor.enter(login)
        for decision in ("approve", "reject"):
            answer = visitor.client.post(
                f"/packs/{number}", data={"decision": decision, "reason": "同意"}
            )
            assert answer.status_code == code
    assert in_force(visitor) == GIVEN


@pytest.mark.parametrize("login", ["clerk.wang", "seal.qian", "handler.li"])
def test_the_pages_are_for_the_two_people_alone(visitor: Visitor, login: str) -> None:
    visitor.enter(login)
    for address in ("/packs", "/packs/1", "/packs/1/sample.png"):
        assert visitor.client.get(address).status_code == 403
    assert 'href="/packs"' not in visitor.client.get("/").text


@pytest.mark.parametrize("address", ["/packs/999", "/packs/x", "/packs/²", "/packs/1/other.png"])
def test_what_is_not_there_is_told(visitor: Visitor, address: str) -> None:
    visitor.enter("pack.zhou")
    assert visitor.client.get(address).status_code == 404


def test_a_form_of_another_site_does_nothing(visitor: Visitor) -> None:
    number = propose(visitor)
    visitor.enter("pack.zhou")
    client: TestClient = visitor.client
    answer = client.post(
        f"/packs/{number}",
        data={"decision": "approve", "reason": "同意"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert in_force(visitor) == GIVEN
