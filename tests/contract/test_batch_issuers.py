"""What a batch needs of whoever issues its rows; the light issuer keeps it as the real one does."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from certsvc.certificates.batches.chunks import IssuesCertificates
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.journal import LEASE
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import PurposeMissingError
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import SCHOOL
from certsvc.foundation.errors import CertsvcError, ForbiddenError
from certsvc.foundation.idempotency.rules import IdempotencyKeyReusedError, InProgressError
from tests.contract import issuer_victim
from tests.support.batches import request_of_row
from tests.support.forks import forked
from tests.support.light_issuer import LightIssuer
from tests.support.world import FONTS, World

ROOT = Path(__file__).resolve().parents[2]
ISSUERS: dict[str, Callable[[World], IssuesCertificates]] = {
    "real": lambda world: world.services.issuer,
    "light": lambda world: LightIssuer(
        world.services.database, world.clock, world.services.hidden_keys
    ),
}
KILLS = [
    # the first commit is not carried out; everything is done and nobody was told
    *((name, commit) for name in ISSUERS for commit in (1, 0)),
    # the light issuer has one commit, the real one five
    *(("real", commit) for commit in (2, 3, 4, 5)),
]


@pytest.fixture(params=ISSUERS)
def issuer(request: pytest.FixtureRequest, sqlite_world: World) -> IssuesCertificates:
    return ISSUERS[request.param](sqlite_world)


def published(world: World) -> int:
    with world.services.database.reading() as session:
        count = select(func.count()).where(Issuance.state == "published")
        return session.scalar(count) or 0


def begun(world: World) -> int:
    with world.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Issuance)) or 0


def issue(world: World, issuer: IssuesCertificates, row: int = 1, **changes: str) -> IssuedCopy:
    return issuer.issue(request_of_row(row, **changes), actor=world.staff("clerk.wang"))


def test_the_answer_names_what_is_stored(sqlite_world: World, issuer: IssuesCertificates) -> None:
    issued = issue(sqlite_world, issuer)
    with sqlite_world.services.database.reading() as session:
        copy = session.scalars(select(Extraction)).one()
        record = session.scalars(select(CertificateRecord)).one()
        issuance = session.scalars(select(Issuance)).one()
    assert (issued.copy_number, issued.sha256) == (copy.copy_number, copy.object_sha256)
    assert (issued.identifier, issued.valid_until) == (record.identifier, copy.valid_until)
    assert (issuance.copy_number, issuance.state) == (issued.copy_number, "published")
    key = str(request_of_row(1).idempotency_key)
    assert issuance.idempotency_key == sqlite_world.services.hidden_keys.hide(issuance.caller, key)


def test_the_same_row_gives_the_same_certificate(
    sqlite_world: World, issuer: IssuesCertificates
) -> None:
    assert issue(sqlite_world, issuer) == issue(sqlite_world, issuer)
    assert published(sqlite_world) == begun(sqlite_world) == 1


def test_each_row_has_a_certificate_of_its_own(
    sqlite_world: World, issuer: IssuesCertificates
) -> None:
    one, other = issue(sqlite_world, issuer, 1), issue(sqlite_world, issuer, 2)
    assert one.copy_number != other.copy_number
    assert one.identifier != other.identifier
    assert published(sqlite_world) == 2


def test_a_key_of_another_request_is_refused(
    sqlite_world: World, issuer: IssuesCertificates
) -> None:
    issue(sqlite_world, issuer)
    with pytest.raises(IdempotencyKeyReusedError):
        issue(sqlite_world, issuer, purpose="另作他用")
    assert published(sqlite_world) == begun(sqlite_world) == 1


def test_a_request_without_a_purpose_is_refused(
    sqlite_world: World, issuer: IssuesCertificates
) -> None:
    with pytest.raises(PurposeMissingError):
        issue(sqlite_world, issuer, purpose=" ")
    assert begun(sqlite_world) == 0


@pytest.mark.parametrize("lost", ["right", "unit"])
def test_whoever_may_not_issue_is_refused(
    sqlite_world: World, issuer: IssuesCertificates, lost: str
) -> None:
    login, unit = ("seal.zhao", {}) if lost == "right" else ("clerk.wang", {"unit_code": SCHOOL})
    with pytest.raises(ForbiddenError):
        issuer.issue(request_of_row(1, **unit), actor=sqlite_world.staff(login))
    assert begun(sqlite_world) == 0


def test_two_at_once_make_one_certificate(sqlite_world: World, issuer: IssuesCertificates) -> None:
    def attempt(_: int) -> IssuedCopy | CertsvcError:
        try:
            return issue(sqlite_world, issuer)
        except InProgressError as error:
            return error

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(attempt, range(4)))
    issued = {answer.copy_number for answer in answers if isinstance(answer, IssuedCopy)}
    assert issued == {issue(sqlite_world, issuer).copy_number}
    assert published(sqlite_world) == 1


@pytest.mark.parametrize(("name", "commit"), KILLS)
def test_a_kill_on_the_way_leaves_one_certificate_in_the_end(
    sqlite_world: World, name: str, commit: int
) -> None:
    sqlite_world.services.close()
    told = (sqlite_world.home, FONTS, name, commit)
    with forked(issuer_victim.main, *told, folder=sqlite_world.home.parent, variables={}) as victim:
        assert victim.wait() == -signal.SIGKILL, victim.said()
    world = sqlite_world.restarted()
    world.clock.advance(LEASE)
    issuer = ISSUERS[name](world)
    assert issue(world, issuer) == issue(world, issuer)
    assert published(world) == 1
    with world.services.database.reading() as session:
        running = select(func.count()).where(Issuance.state == "running")
        assert session.scalar(running) == 0
    world.services.close()
