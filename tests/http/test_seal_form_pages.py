"""申请 and 变更 on pages: a picture first, each problem beside its field, nothing is lost."""

import random
import re
from typing import Any

import pytest

from api.cli.installation import machine_operator
from certsvc.demonstration.district import PASSWORD
from certsvc.people.accounts.service import LOG_IN_LIFETIME
from certsvc.sealing.custody.service import KeyCustody
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealAction, SealState
from keys.algorithms import SignatureAlgorithm
from keys.certificate_requests import RequestSubject
from keys.development import DevelopmentSealName, create_development_pki
from tests.support.visitors import Visitor

APPLY, PICTURES = "/seal-applications", "/seal-pictures"
AMEND = "/seal-amendments/data-sharing-seal"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
FORM: dict[str, Any] = {
    "id": "second-seal",
    "name": "云岭区证照数据共享查询核验专用章（二）",
    "route": "data_sharing",
    "rim_text": "云岭区人民政府",
    "bottom_text": "数据共享专用章",
    "has_star": "1",
    "diameter_mm": "42",
    "image": "words",
    "key": "kept:nothing",
    "type_codes": ["no-criminal-record"],
    "service_hours": "1-5 09:00-17:00",
    "daily_limit": "20",
    "stop_before_days": "15",
    "reason": "业务需要",
}


def signing(visitor: Visitor) -> dict[str, str]:
    """The key and certificate of a seal that an authority has just certified."""
    name = DevelopmentSealName(slug="second", common_name="示范章", organisation="云岭区大数据局")
    home, now = visitor.world.home, visitor.world.clock.now()
    made = create_development_pki(home / "pki", names=[name], now=now).seals["second"]
    chain = made.chain_path.read_text(encoding="ascii")
    return {"key": f"kept:{visitor.world.offer_key(made.key_uri, chain)}", "certificates": chain}


def send(visitor: Visitor, address: str, form: dict[str, Any], **files: bytes) -> Any:  # noqa: ANN401  an answer
    """Send a form as a browser does: multipart, also without a file."""
    sent = {name: (f"{name}.bin", content) for name, content in files.items()} or {"x": ("", b"")}
    return visitor.client.post(address, data=form, files=sent)


def filled_in(page: str) -> dict[str, str]:
    """Return what a page's form holds before anybody types, no button pressed."""
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page)) | {"image": "words"}
    return {name: value for name, value in fields.items() if name != "step"}


def state(visitor: Visitor, seal: str) -> SealState | None:
    with visitor.world.services.database.reading() as session:
        return state_at(session, seal, visitor.world.clock.now())


@pytest.mark.both_engines
def test_a_seal_is_applied_for_and_approved_by_somebody_else(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    assert f'href="{APPLY}"' in visitor.client.get("/seals").text
    form = visitor.client.get(APPLY)
    assert (form.status_code, "云岭区大数据局" in form.text) == (200, True)
    assert "script-src 'self'" in form.headers["content-security-policy"]
    applied = FORM | signing(visitor)
    look = send(visitor, APPLY, applied | {"step": "look"})
    assert (look.status_code, 'aria-label="印章图样"' in look.text) == (200, True)
    assert state(visitor, "second-seal") is None, "looking proposes nothing"
    proposed = send(visitor, APPLY, applied)
    assert proposed.status_code == 303, proposed.text
    visitor.enter("seal.qian")
    text = visitor.client.get(proposed.headers["location"]).text
    for said in ("业务需要", "无犯罪记录证明", "周一至周五 09:00–17:00", "云岭区人民政府"):
        assert said in text, said
    assert visitor.approve(proposed.headers["location"]).status_code == 303
    assert state(visitor, "second-seal") is SealState.APPLIED


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"id": "大写 A"}, "id", "编号"),
        ({"name": ""}, "name", "名称"),
        ({"route": "both"}, "route", "途径"),
        ({"rim_text": "云" * 59}, "rim_text", "太长"),
        ({"diameter_mm": "四十"}, "diameter_mm", "直径"),
        ({"diameter_mm": "nan"}, "diameter_mm", "直径"),
        ({"diameter_mm": "80"}, "diameter_mm", "直径"),
        ({"key": ""}, "key", "密钥"),
        ({"key": "kept:nothing"}, "key", "没有提供"),
        ({"key_uri": "file:/tmp/own.key"}, "key", "不能填写地址"),
        ({"certificates": "-----BEGIN"}, "certificates", "证书"),
        ({"daily_limit": "二十"}, "daily_limit", "每日次数"),
        ({"reason": " "}, "reason", "理由"),
        ({"id": "data-sharing-seal"}, "id", "编号"),
    ],
)
def test_a_problem_stands_beside_its_field_and_nothing_is_lost(
    visitor: Visitor, changes: dict[str, str], field: str, said: str
) -> None:
    visitor.enter("seal.zhao")
    sent = FORM | signing(visitor) | changes
    answer = send(visitor, APPLY, sent, image_file=SVG)
    assert answer.status_code in {409, 422}, answer.text
    problem = re.search(rf'<p class="problem" id="{field}-problem">(.*?)</p>', answer.text)
    assert problem, re.findall(r'id="[\w]+-problem"', answer.text)
    assert said in problem[1]
    assert f'href="#{field}"' in answer.text
    for name in ("id", "name", "rim_text", "bottom_text", "diameter_mm", "daily_limit"):
        assert f'name="{name}" value="{sent[name]}"' in answer.text, name
    assert 'value="no-criminal-record" checked' in answer.text
    kept = re.search(r'name="kept-image_file" value="([^"]+)"', answer.text)
    assert kept, "the uploaded image comes back with the page"
    again = send(
        visitor, PICTURES, {"image": "file", "diameter_mm": "42", "kept-image_file": kept[1]}
    )
    assert "<svg" in again.text


def test_everything_wrong_is_told_at_once(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    wrong = {
        "id": "大写 A",
        "name": "",
        "route": "",
        "rim_text": "",
        "diameter_mm": "四十",
        "key": "",
        "daily_limit": "二十",
        "stop_before_days": "",
        "service_hours": "always",
        "reason": " ",
    }
    fields = ["id", "name", "route", "rim_text", "diameter_mm", "key", "service_hours"]
    fields += ["daily_limit", "stop_before_days", "reason"]
    page = send(visitor, APPLY, FORM | wrong).text
    notice = r'<div class="problem" role="alert" id="problem"(.*?)</div>'
    summary = re.search(notice, page, re.DOTALL)
    assert summary, page
    assert re.findall(r'href="#(\w+)"', summary[1]) == fields, "in the order of the form"
    assert f"有 {len(fields)} 处需要更正" in summary[1]
    assert "autofocus" in summary[1].partition(">")[0]
    for field in fields:
        tag = re.search(rf'<(?:input|select|textarea) id="{field}"[^>]*>', page)
        assert tag, field
        assert 'aria-invalid="true"' in tag[0], field
        described = re.search(r'aria-describedby="([^"]*)"', tag[0])
        assert described
        assert f"{field}-problem" in described[1].split()
        assert f'id="{field}-problem"' in page
    amended = filled_in(visitor.client.get(AMEND).text) | {"key": "", "reason": "", "rim_text": ""}
    page = send(visitor, AMEND, amended).text
    assert {"key-problem", "reason-problem", "rim_text-problem"} <= set(
        re.findall(r'id="([\w-]+-problem)"', page)
    )


@pytest.mark.parametrize("address", [APPLY, AMEND])
def test_what_was_typed_survives_a_log_in_that_ran_out(visitor: Visitor, address: str) -> None:
    visitor.enter("seal.zhao")
    typed = FORM | {"reason": '换"章" <b>', "rim_text": "云岭区", "image": "file", "step": ""}
    typed |= visitor.stamp(address)
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    ended = send(visitor, address, typed, image_file=SVG)
    assert ended.status_code == 401
    kept = re.search(r'name="kept" value="([^"]*)"', ended.text)
    assert kept, ended.text
    form = {"kept": kept[1], "name": "seal.zhao", "password": PASSWORD}
    wrong = visitor.client.post("/log-in", data=form | {"password": "x"})
    assert 'name="kept"' in wrong.text
    back = visitor.client.post("/log-in", data=form)
    assert (back.status_code, 'id="kept"' in back.text) == (200, True), back.text
    assert f'action="{address}"' in back.text
    assert 'name="rim_text" value="云岭区"' in back.text
    assert "换&#34;章&#34; &lt;b&gt;</textarea>" in back.text
    image = re.search(r'name="kept-image_file" value="([^"]+)"', back.text)
    assert image, "the uploaded image is there again"
    assert "<svg" in back.text, "and drawn"
    if address == APPLY:
        assert 'value="no-criminal-record" checked' in back.text
    assert state(visitor, "second-seal") is None
    for text in ("[]", "{", kept[1][:-4], image[1]):
        answer = visitor.client.post("/log-in", data=form | {"kept": text})
        assert (answer.status_code, answer.headers["location"]) == (303, "/seals")
    other = visitor.client.post("/log-in", data=form | {"name": "seal.qian"})
    assert (other.status_code, other.headers["location"]) == (303, "/seals")


def test_the_largest_image_survives_it_too(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    typed = FORM | {"image": "file"} | visitor.stamp(APPLY)
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    content = random.Random(7).randbytes(4 << 20)  # noqa: S311  no secret
    kept = re.search(
        r'name="kept" value="([^"]*)"', send(visitor, APPLY, typed, image_file=content).text
    )
    assert kept
    form = {"kept": kept[1], "name": "seal.zhao", "password": PASSWORD}
    back = visitor.client.post("/log-in", data=form)
    assert (back.status_code, "image_file.bin" in back.text) == (200, True)
    assert 'name="kept-image_file" value="' in back.text
    again = re.search(r'name="kept-image_file" value="([^"]+)"', back.text)
    assert again
    refused = send(visitor, APPLY, FORM | {"image": "file", "kept-image_file": again[1]})
    assert 'id="image_file-problem"' in refused.text, "it is looked at each time"


@pytest.mark.both_engines
def test_another_certificate_is_proposed_and_the_image_stays(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    assert f'href="{AMEND}"' in visitor.client.get("/seals/data-sharing-seal").text
    page = visitor.client.get(AMEND).text
    kept = filled_in(page)
    assert send(visitor, AMEND, kept | {"key": "same", "reason": "无"}).status_code == 422
    chain = signing(visitor)
    renewed = kept | {"key": chain["key"], "reason": "换证"}
    content = chain["certificates"].encode()
    proposed = send(visitor, AMEND, renewed, certificate_file=content)
    assert proposed.status_code == 303, proposed.text
    address = proposed.headers["location"]
    visitor.enter("seal.qian")
    text = visitor.client.get(address).text
    assert "示范章" in text
    assert "环排文字</th>" not in text, "the image stays"
    assert visitor.approve(address).status_code == 303
    with visitor.world.services.database.reading() as session:
        seal = session.get_one(Seal, "data-sharing-seal")
        assert seal.key_uri.partition("?")[0].endswith("/pki/second.key")
        assert seal.certificate_chain_pem.split() == chain["certificates"].split()
    assert visitor.world.issue().sha256


def test_another_image_is_uploaded_and_later_kept(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    fields = filled_in(visitor.client.get(AMEND).text)
    fields |= {"key": "same", "reason": "换图", "image": "file"}
    proposed = send(visitor, AMEND, fields, image_file=SVG)
    assert proposed.status_code == 303, proposed.text
    visitor.enter("seal.qian")
    assert visitor.approve(proposed.headers["location"]).status_code == 303
    visitor.enter("seal.zhao")
    drawn = {"seal": "data-sharing-seal", "image": "file", "diameter_mm": "40"}
    assert "<svg" in send(visitor, PICTURES, drawn).text, "the image in force needs no upload"
    assert send(visitor, AMEND, fields | {"reason": "再提"}).status_code == 422, "nothing altered"


def test_what_is_no_image_is_refused_beside_its_field(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    wanted = FORM | {"image": "file"}
    for files, said in (({"image_file": b"GIF89a"}, "SVG 或 PNG"), ({}, "图像文件")):
        answer = send(visitor, APPLY, wanted, **files)
        problem = re.search(r'id="image_file-problem">(.*?)</p>', answer.text)
        assert (answer.status_code, problem is not None) == (422, True)
        assert problem
        assert said in problem[1]
    assert "SVG 或 PNG" in send(visitor, PICTURES, wanted, image_file=b"GIF89a").text
    assert send(visitor, PICTURES, {"rim_text": ""}).status_code == 200


def test_a_kept_key_is_chosen_by_its_name(visitor: Visitor) -> None:
    world = visitor.world
    custody = KeyCustody(database=world.services.database, clock=world.clock)
    secret = world.home / "passphrase"
    secret.write_text("s3cret")
    uri = f"file:{world.home}/kept.key?passphrase-file={secret}"
    custody.generate(
        "kept-2026", uri=uri, algorithm=SignatureAlgorithm.P_256, actor=machine_operator()
    )
    subject = RequestSubject(common_name="示范章", organisation="云岭区大数据局")
    custody.request("kept-2026", subject=subject, actor=machine_operator())
    visitor.enter("seal.zhao")
    page = visitor.client.get(APPLY).text
    assert 'value="kept:kept-2026"' in page
    assert "BEGIN CERTIFICATE REQUEST" in page
    assert uri not in page, "whoever proposes chooses by name"
    foreign = FORM | signing(visitor) | {"key": "kept:kept-2026"}
    answer = send(visitor, APPLY, foreign)
    assert (answer.status_code, 'id="certificates-problem"' in answer.text) == (422, True)


def test_only_a_proposer_of_the_unit_may_and_only_on_our_pages(visitor: Visitor) -> None:
    for login in ("seal.qian", "clerk.wang"):
        visitor.enter(login)
        for address in (APPLY, AMEND):
            assert visitor.client.get(address).status_code == 403
            assert send(visitor, address, FORM).status_code == 403
        assert send(visitor, PICTURES, FORM).status_code == 403
    visitor.enter("seal.zhao")
    for address in (APPLY, AMEND, PICTURES):
        evil = {"Origin": "https://evil.example"}
        answer = visitor.client.post(address, data=FORM, files={"x": ("", b"")}, headers=evil)
        assert answer.status_code == 403
    assert visitor.client.get("/seal-amendments/nothing").status_code == 404
    visitor.world.change_seal(SealAction.CANCEL)
    assert f'href="{AMEND}"' not in visitor.client.get("/seals/data-sharing-seal").text
