"""The desk: nothing blind, several proofs in one go, nothing typed or pressed in vain."""

import re

import pytest

from certsvc.demonstration.district import TALENT_MATTER
from certsvc.demonstration.use_list import ENTERPRISE_MATTER, HOME_SUBSIDY_MATTER
from tests.support.desk import (
    USE,
    desk_form,
    find,
    follow,
    issue_at_desk,
    look,
    numbers_of,
    press,
    shown_fields,
)
from tests.support.visitors import Visitor

FOUR = [
    f"{HOME_SUBSIDY_MATTER}|{kind}"
    for kind in ("household", "marriage-record", "real-estate", "tax-payment")
]
TWO = [USE, f"{TALENT_MATTER}|social-insurance"]


def test_a_strangers_name_is_shown_before_anything_can_be_issued(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    found = find(visitor, matter=TALENT_MATTER)
    assert "看过姓名才能开具" in found.text
    assert 'action="/desk"' not in found.text, "the choices issue nothing"
    page = look(visitor)
    assert "青**" in page.text
    assert visitor.world.resident.identity_number not in page.text.split("proof-sheets")[0]
    assert 'action="/desk"' in page.text


def test_a_form_that_saw_no_preview_issues_nothing(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    blind = visitor.client.post("/desk", data=desk_form(visitor))
    assert (blind.status_code, blind.headers["location"]) == (303, "/desk")
    fields = shown_fields(look(visitor).text)
    other = shown_fields(look(visitor, use=TWO[1]).text)
    for forged in ({"seen": ""}, {"seen": other["seen"]}, {"use": TWO[1]}, {"seen": fields["at"]}):
        answer = visitor.client.post("/desk", data=fields | forged)
        assert answer.headers["location"].startswith("/desk/preview?at="), forged
    assert visitor.client.get("/desk").text.count('id="copy-') == 0


def test_several_proofs_are_seen_side_by_side_and_issued_in_one_go(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor, use=TWO)
    assert page.text.count('class="card proof-sheet"') == 2
    done = follow(visitor, press(visitor, page.text))
    assert len(numbers_of(done.text)) == 2
    assert "下一位" in done.text
    assert re.findall(r'href="/copies/[0-9A-Z]{20}/check"', done.text)
    assert visitor.client.get("/desk").text.count('id="copy-') == 2


def test_only_what_is_ticked_is_issued(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor, use=TWO)
    done = follow(visitor, press(visitor, page.text, use=[TWO[1]]))
    assert len(numbers_of(done.text)) == 1
    nothing = press(visitor, page.text, use=[])
    assert nothing.headers["location"].startswith("/desk/preview?at=")


def test_a_proof_that_is_refused_does_not_hold_up_the_others(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    mixed = [USE, f"{ENTERPRISE_MATTER}|no-violation"]
    page = look(visitor, use=mixed)
    assert page.status_code == 200
    assert page.text.count('class="problem') == 1
    assert len(numbers_of(follow(visitor, press(visitor, page.text)).text)) == 1


def test_what_fails_on_issuing_is_told_for_each_proof(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor, use=TWO)
    issue_at_desk(visitor)  # somebody else was faster, for one of the two
    done = follow(visitor, press(visitor, page.text))
    assert len(numbers_of(done.text)) == 1
    assert "有 1 份没有开具" in done.text
    assert "刚为" in done.text
    (again,) = re.findall(r'href="(/desk/preview\?at=[^"]+)"', done.text)
    asked = visitor.client.get(again).text
    assert shown_fields(asked)["use"] == [USE]


def test_pressing_twice_issues_once_and_every_page_can_be_asked_for_again(
    visitor: Visitor,
) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor, use=TWO)
    first, second = (follow(visitor, press(visitor, page.text)) for _ in range(2))
    assert numbers_of(first.text) == numbers_of(second.text)
    found = visitor.client.post("/desk/holder", data=desk_form(visitor, matter=TALENT_MATTER))
    for _ in range(2):
        assert follow(visitor, found).status_code == 200
    assert 'href="/desk/holder?at=' in page.text.replace("&amp;", "&")


def test_the_address_of_a_step_is_one_clerks_and_tells_nothing(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    found = visitor.client.post("/desk/holder", data=desk_form(visitor, matter=TALENT_MATTER))
    address = found.headers["location"]
    assert visitor.world.resident.identity_number not in address
    assert TALENT_MATTER not in address
    visitor.client.cookies.clear()
    visitor.enter("clerk.chen")
    assert visitor.client.get(address).headers["location"] == "/desk"
    for made_up in ("AAAA", "", "<script>", "A" * 7000):
        for step in ("holder", "preview", "issued"):
            answer = visitor.client.get(f"/desk/{step}", params={"at": made_up})
            assert (answer.status_code, answer.headers["location"]) == (303, "/desk")


def test_a_purpose_that_cannot_be_printed_comes_back_with_everything(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    for purpose, use in (("", USE), ("申领", [])):
        page = look(visitor, purpose=purpose, use=use, matter=TALENT_MATTER)
        assert page.status_code == 422
        assert 'id="problem"' in page.text
        assert 'action="/desk/preview"' in page.text
    long = visitor.client.post("/desk/preview", data=desk_form(visitor, purpose="用" * 9000))
    assert long.status_code in {303, 422}


def test_a_reply_belongs_to_the_proof_it_is_about(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor, use=TWO, **{f"reply-{USE}": "R-1"})
    assert page.text.count('class="problem') == 1, "the other one is asked from its source"
    assert "回复" in page.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_four_proofs_of_one_matter(visitor: Visitor, language: str) -> None:
    visitor.enter("clerk.wang")
    visitor.client.get(f"/desk?lang={language}")
    page = look(visitor, use=FOUR, matter=HOME_SUBSIDY_MATTER)
    assert page.text.count('class="card proof-sheet"') == 4


def test_a_proof_that_is_chosen_a_hundred_times_is_looked_up_once(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor, use=[USE] * 100)
    assert page.text.count('class="card proof-sheet"') == 1
