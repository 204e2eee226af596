"""The demonstration's catalogue: every pack in it, every entry a paper, every proof vouched for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from certsvc.catalogue.types.records import CertificateType
from certsvc.catalogue.uses.records import UseListEntry
from certsvc.demonstration.district import STAFF
from certsvc.demonstration.use_list import MATTERS, TYPES, USES
from certsvc.evidence.inquiries.service import ReplyContent, record_reply
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.rights.rules import Role
from templates.checking import check_rendered
from templates.checking_content import page_texts, squeezed
from templates.packs import PackLibrary
from templates.samples import sample_face
from tests.packs.papers import renderer
from tests.support.world import NOW, World

LIBRARY = PackLibrary(Path(__file__).parents[2] / "templates" / "packs")
PRODUCERS = dict(TYPES)
HANDLING = {code: unit for code, _, _, unit in MATTERS}
CLERKS = {person.unit_code: person.login for person in STAFF if Role.CLERK in person.roles}
HANDLERS = {person.unit_code: person.login for person in STAFF if Role.HANDLER in person.roles}


@pytest.mark.both_engines
def test_every_pack_has_a_type_and_a_use(world: World) -> None:
    codes = {pack.code for pack in LIBRARY}
    with world.services.database.reading() as session:
        types = session.scalars(select(CertificateType)).all()
        used = set(session.scalars(select(UseListEntry.type_code)))
    assert {kind.code for kind in types} == codes
    assert used == codes
    assert all(kind.name == LIBRARY.get(kind.code).title.zh for kind in types)
    assert all(kind.standard_code.startswith(kind.producing_unit_code) for kind in types)


def test_every_matter_has_a_proof_and_every_producer_somebody_who_answers() -> None:
    assert {matter for matter, _, _ in USES} >= set(HANDLING)
    assert set(PRODUCERS.values()) - set(HANDLERS) == {PRODUCERS["social-insurance"]}


@pytest.mark.parametrize(("matter", "code", "spared"), [use for use in USES if use[2]])
def test_a_use_that_needs_fewer_fields_gives_fewer(
    matter: str, code: str, spared: tuple[str, ...]
) -> None:
    pack, face = LIBRARY.get(code), sample_face(LIBRARY.get(code))
    assert set(spared) <= set(pack.schema["properties"]), matter
    assert not set(spared) & set(pack.schema["required"]), matter
    given = {field: value for field, value in face.fields.items() if field not in spared}
    paper = replace(face, fields=given)
    document = renderer().render(pack, paper)
    check_rendered(document.pdf, paper, pack)
    text = squeezed("".join(page_texts(document.pdf)))
    for field in spared:
        value: Any = face.fields.get(field)
        if isinstance(value, str) and value not in str(given):
            assert squeezed(value) not in text, field
        elif isinstance(value, list) and value:
            assert str(next(iter(value[0].values()))) not in text, field


@pytest.mark.parametrize("code", sorted(set(PRODUCERS) - {"social-insurance"}))
def test_each_proof_is_vouched_for_by_its_unit_and_sealed_for_a_matter(
    world: World, code: str
) -> None:
    fields = dict(sample_face(LIBRARY.get(code)).fields)
    parts = {part: field for field, part in LIBRARY.get(code).holder_fields.items()}
    is_firm = code == "no-violation"
    holder = HolderCode(
        value=str(fields[parts["code"]]),
        kind=HolderCodeType.CREDIT_CODE if is_firm else HolderCodeType.IDENTITY_NUMBER,
    )
    matter, _, _ = next(use for use in USES if use[1] == code and HANDLING.get(use[0]) in CLERKS)
    with world.services.database.transaction() as session:
        reply = record_reply(
            session,
            content=ReplyContent(
                type_code=code,
                holder=holder,
                holder_name=str(fields[parts["name"]]),
                fields=fields,
                basis="档案室人工核查（演示）",
            ),
            packs=world.services.packs,
            actor=world.staff(HANDLERS[PRODUCERS[code]]),
            now=NOW,
        )
    request = world.request(
        type_code=code,
        holder=holder,
        unit_code=HANDLING[matter],
        matter_code=matter,
        purpose="核对申请材料",
        reply_id=reply,
    )
    issued = world.services.issuer.issue(request, actor=world.staff(CLERKS[HANDLING[matter]]))
    content = world.services.store.get(parse_digest(issued.sha256))
    text = squeezed("".join(page_texts(content)))
    assert squeezed(LIBRARY.get(code).title.zh) in text
