"""Lists that the database narrows down and sorts: total orders, and the states that it tells."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from certsvc.certificates.extraction.copy_lists import COPY_SORTS
from certsvc.certificates.extraction.rules import CopyState, WithdrawalReasonCode
from certsvc.certificates.extraction.service import list_copies_of_unit, state_of_copy
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.records.rules import RecordAction
from certsvc.foundation.db.lists import FilterInvalidError, SortUnknownError
from certsvc.foundation.db.paging import CursorInvalidError, PageRequest
from tests.integration.test_record_changes import change
from tests.support.world import World

DAY = timedelta(days=1)


def listed(world: World, **asked: object) -> list[str]:
    """Numbers of the copies of the clerk's unit, page by page."""
    return list(_walk(world, asked))


def _walk(world: World, asked: dict[str, object]) -> Iterator[str]:
    after = None
    while True:
        page = PageRequest(limit=2, after=after, **asked)  # type: ignore[arg-type]
        with world.services.database.reading() as session:
            found = list_copies_of_unit(
                session, actor=world.staff("clerk.wang"), now=world.clock.now(), page=page
            )
            yield from [copy.copy_number for copy in found.items]
        after = found.next
        if after is None:
            return


def withdraw(world: World, issued: IssuedCopy) -> None:
    with world.services.database.transaction() as session:
        withdraw_copy(
            session,
            issued.copy_number,
            reason_code=WithdrawalReasonCode.NOT_NEEDED,
            reason="不再需要",
            actor=world.staff("clerk.wang"),
            now=world.clock.now(),
        )


def state_of(world: World, number: str) -> CopyState:
    with world.services.database.reading() as session:
        page = PageRequest(words=number)
        (copy,) = list_copies_of_unit(
            session, actor=world.staff("clerk.wang"), now=world.clock.now(), page=page
        ).items
        return state_of_copy(copy, world.clock.now())


@pytest.mark.both_engines
def test_a_state_in_sql_is_the_one_that_the_rules_tell(world: World) -> None:
    copies = [world.issue(purpose=f"用途{number}") for number in range(6)]
    plain, revoked, suspended, withdrawn, both, cancelled = copies
    change(world, revoked, RecordAction.REVOKE)
    change(world, suspended, RecordAction.SUSPEND)
    withdraw(world, withdrawn)
    withdraw(world, both)
    change(world, both, RecordAction.SUSPEND)
    change(world, cancelled, RecordAction.CANCEL)
    for days in (0, 40, 400):
        world.clock.advance(days * DAY)
        told = {each.copy_number: state_of(world, each.copy_number) for each in copies}
        for state in CopyState:
            wanted = {number for number, is_now in told.items() if is_now is state}
            assert set(listed(world, filters={"state": state.value})) == wanted, (days, state)
    assert {state_of(world, plain.copy_number), state_of(world, suspended.copy_number)} == {
        CopyState.EXPIRED
    }


@pytest.mark.both_engines
def test_every_order_is_total_and_its_pages_follow_one_another(world: World) -> None:
    numbers = set()
    for number in range(5):
        if number % 2:
            world.clock.advance(DAY)
        numbers.add(world.issue(purpose=f"用途{number}").copy_number)
    for sort in COPY_SORTS:
        ascending, descending = listed(world, sort=sort), listed(world, sort=f"-{sort}")
        assert ascending == descending[::-1]
        assert set(ascending) == numbers
        assert len(ascending) == len(numbers)
    since = {"extracted_from": world.clock.now().date().isoformat()}
    assert len(listed(world, filters=since, sort="valid_until")) == 2
    assert listed(world, filters={"type": "marriage"}) == []
    assert set(listed(world, filters={"type": "no-criminal-record"})) == numbers


def test_what_a_list_does_not_know_is_refused(sqlite_world: World) -> None:
    sqlite_world.issue()
    sqlite_world.issue(purpose="另一用途")
    with pytest.raises(SortUnknownError):
        listed(sqlite_world, sort="holder_name")
    for name, value in (("state", "gone"), ("holder", "1"), ("extracted_from", "yesterday")):
        with pytest.raises(FilterInvalidError):
            listed(sqlite_world, filters={name: value})


def test_a_cursor_fits_the_order_and_the_filters_that_made_it(sqlite_world: World) -> None:
    for number in range(3):
        sqlite_world.issue(purpose=f"用途{number}")
    with sqlite_world.services.database.reading() as session:

        def take(**asked: object) -> str | None:
            page = PageRequest(limit=1, **asked)  # type: ignore[arg-type]
            now = sqlite_world.clock.now()
            found = list_copies_of_unit(
                session, actor=sqlite_world.staff("clerk.wang"), now=now, page=page
            )
            return found.next

        cursor = take(sort="valid_until")
        assert take(sort="valid_until", after=cursor) is not None
        for other in ({"sort": "-valid_until"}, {"sort": "valid_until", "words": "X"}, {}):
            with pytest.raises(CursorInvalidError):
                take(after=cursor, **other)
