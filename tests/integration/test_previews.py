"""A preview: what would be issued, asked lawfully, kept nowhere, and of no use to a forger."""

import io

import pytest
from PIL import Image
from sqlalchemy import func, select

from certsvc.catalogue.matters.service import MatterOfOtherUnitError
from certsvc.catalogue.routes import Route
from certsvc.catalogue.uses.service import NotOnUseListError
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import PurposeMissingError
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import HIRING_MATTER
from certsvc.evidence.sources.errors import HolderNotFoundError
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.events.records import EventRecord
from certsvc.people.rights.rules import PermissionDeniedError
from certsvc.sealing.register.records import SealAuthorisation
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.service import SealNotInUseError
from templates.checking_content import codes_seen
from templates.previews import MARK
from tests.support.world import World


def entries(world: World, kind: str) -> list[EventRecord]:
    with world.services.database.reading() as session:
        found = select(EventRecord).where(EventRecord.kind == kind).order_by(EventRecord.id)
        return list(session.scalars(found))


def stored(world: World) -> list[int]:
    with world.services.database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (CertificateRecord, Extraction, Issuance, SealAuthorisation)
        ]


def test_it_shows_what_issuing_then_writes(world: World) -> None:
    clerk = world.staff("clerk.wang")
    shown = world.services.previewer.preview(world.request(), actor=clerk)
    assert shown.data.holder_name == world.resident.name
    assert shown.data.evidence.route is Route.DATA_SHARING
    issued = world.issue()
    with world.services.database.reading() as session:
        record = session.scalar(
            select(CertificateRecord).where(CertificateRecord.identifier == issued.identifier)
        )
        assert record is not None
        assert record.fields == shown.data.fields
        assert record.valid_until == shown.valid_until


@pytest.mark.both_engines
def test_it_keeps_nothing_but_who_looked_and_for_what(world: World) -> None:
    before = stored(world)
    world.services.previewer.preview(world.request(), actor=world.staff("clerk.wang"))
    assert stored(world) == before
    (entry,) = entries(world, "certificate.previewed")
    assert (entry.actor, entry.subject) == ("staff:clerk.wang", world.request().matter_code)
    assert set(entry.details) == {"type", "route", "source", "query_sha256", "holder_hmac"}
    said = str(entry.details)
    assert world.resident.name not in said
    assert world.resident.identity_number not in said


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"matter_code": HIRING_MATTER}, MatterOfOtherUnitError),
        ({"type_code": "household"}, NotOnUseListError),
        ({"purpose": " "}, PurposeMissingError),
        ({"holder": HolderCode(value="990101200001010019")}, HolderNotFoundError),
    ],
)
def test_what_issuing_refuses_it_refuses_and_logs(
    world: World, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        world.services.previewer.preview(world.request(**changes), actor=world.staff("clerk.wang"))
    (entry,) = entries(world, "certificate.preview-refused")
    assert entry.details["refusal"] == refusal.code  # type: ignore[attr-defined]  all of ours have one
    assert entries(world, "certificate.previewed") == []


def test_only_who_may_issue_may_look(sqlite_world: World) -> None:
    for login in ("handler.li", "seal.zhao"):
        with pytest.raises(PermissionDeniedError):
            sqlite_world.services.previewer.preview(
                sqlite_world.request(), actor=sqlite_world.staff(login)
            )


def test_a_stopped_seal_is_told_before_anything_is_issued(sqlite_world: World) -> None:
    sqlite_world.change_seal(SealAction.STOP)
    with pytest.raises(SealNotInUseError):
        sqlite_world.services.previewer.preview(
            sqlite_world.request(), actor=sqlite_world.staff("clerk.wang")
        )


def test_it_can_rest_on_a_reply(sqlite_world: World) -> None:
    request = sqlite_world.request(reply_id=sqlite_world.record_reply())
    shown = sqlite_world.services.previewer.preview(request, actor=sqlite_world.staff("clerk.wang"))
    assert shown.data.evidence.route is Route.DEPARTMENT_VERIFICATION


def test_its_picture_is_no_paper(sqlite_world: World) -> None:
    shown = sqlite_world.services.previewer.preview(
        sqlite_world.request(), actor=sqlite_world.staff("clerk.wang")
    )
    (png,) = shown.picture.pngs
    drawn = Image.open(io.BytesIO(png))
    assert (drawn.format, drawn.size) == ("PNG", (794, 1123))
    picture = drawn.convert("RGB")
    red = sum(
        count
        for count, (r, g, b) in picture.getcolors(maxcolors=1 << 20) or []
        if r > g + 40 and r > b + 40
    )
    assert red > 0.02 * picture.width * picture.height, f"{MARK} lies over the page"
    out = io.BytesIO()
    picture.save(out, "PDF")
    assert codes_seen(out.getvalue()) == [], "no QR code leads anywhere"
