"""Where a holder's number and name are kept: in the register and nowhere beside it.

`docs/personal-data.md` has the table that this holds the code to.
"""

import hashlib
import json
import logging

import pytest
from sqlalchemy import MetaData, select

from tests.support.batches import row, send
from tests.support.desk import find, issue_at_desk, look
from tests.support.visitors import Visitor

NUMBERS = {
    ("batch_rows", "holder_code"),
    ("batch_rows", "typed"),
    ("certificate_records", "fields"),
    ("certificate_records", "holder_code"),
    ("department_replies", "fields"),
    ("department_replies", "holder_code"),
    ("holder_accounts", "holder_code"),
}
"""Columns that may hold a holder's number."""
NAMES = {
    ("certificate_records", "fields"),
    ("certificate_records", "holder_name"),
    ("department_replies", "fields"),
    ("department_replies", "holder_name"),
    ("holder_accounts", "name"),
}
"""Columns that may hold a holder's name."""


def columns_with(visitor: Visitor, words: str) -> set[tuple[str, str]]:
    """Columns of the whole database that hold some words, digests and encodings apart."""
    database, found = visitor.world.services.database, MetaData()
    with database.reading() as session:
        found.reflect(session.connection())
        return {
            (table.name, name)
            for table in found.sorted_tables
            for kept in session.execute(select(table)).mappings()
            for name, value in kept.items()
            if words in (value if isinstance(value, str) else repr(value))
            or words in json.dumps(value, ensure_ascii=False, default=str)
        }


def test_number_and_name_are_kept_in_the_register_alone(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="certsvc")
    world, resident = visitor.world, visitor.world.resident
    number, name = resident.identity_number, resident.name
    visitor.enter("clerk.wang")
    pages = [find(visitor), look(visitor), issue_at_desk(visitor)]
    pages.append(visitor.client.post("/search", data={"number": number}))
    pages.append(visitor.client.post("/records", data={"holder": number}))
    bearer = visitor.bearer("clerk.wang")
    sent = bearer | {"Idempotency-Key": number}
    issued = visitor.client.post("/api/v1/certificates", json=visitor.request(), headers=sent)
    assert issued.status_code == 201, issued.text
    visitor.client.post("/api/v1/log-ins", json={"name": number, "password": "guessed"})
    world.record_reply()
    send(
        world, [row(holder=number), row(1, holder=number, purpose="")], waits_for_confirmation=True
    )
    world.services.deliverer.deliver()

    assert columns_with(visitor, number) == NUMBERS
    assert not columns_with(visitor, hashlib.sha256(number.encode()).hexdigest())
    assert columns_with(visitor, name) == NAMES
    assert caplog.text
    assert number not in caplog.text
    assert name not in caplog.text
    for page in pages:
        assert number not in str(page.url) + page.headers.get("location", "")
