"""Linking staff to the identity platform, and the settings that name it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.settings import SettingsInvalidError, read_settings
from certsvc.people.oidc.rules import (
    IdentityExistsError,
    IdentityOfAnotherError,
    IdentityUnknownError,
    StaffUnknownError,
)
from certsvc.people.oidc.service import PURPOSE, unlink_identity
from certsvc.people.rights.rules import Actor, PermissionDeniedError
from tests.http.test_identity_platform import OPERATOR, link
from tests.support.command import run_command
from tests.support.identity_platform import CLIENT_ID
from tests.support.world import NOW, World


def test_links_are_the_operators_and_unambiguous(world: World) -> None:
    link(world, "i")
    for login, subject in (("clerk.wang", "other"), ("clerk.chen", "person-1")):
        with pytest.raises(IdentityExistsError):
            link(world, "i", login, subject)
    with pytest.raises(StaffUnknownError):
        link(world, "i", "nobody", "x")
    clerk = world.staff("clerk.wang")
    with pytest.raises(PermissionDeniedError):
        unlink(world, "clerk.wang", clerk)
    unlink(world, "clerk.wang")
    with pytest.raises(IdentityUnknownError):
        unlink(world, "clerk.wang")
    assert [entry.kind for entry in entries(world)] == [
        "identity.linked",
        "identity.unlinked",
    ]


def unlink(world: World, login: str, actor: Actor = OPERATOR) -> None:
    with world.services.database.transaction() as session:
        key = world.services.log_in_secret.key_for(PURPOSE)
        unlink_identity(session, issuer="i", login=login, key=key, actor=actor, now=NOW)


def entries(world: World) -> Sequence[EventRecord]:
    with world.services.database.reading() as session:
        return session.scalars(
            select(EventRecord)
            .where(EventRecord.kind.startswith("identity."))
            .order_by(EventRecord.id)
        ).all()


@pytest.mark.both_engines
def test_a_number_that_was_one_accounts_never_becomes_anothers(world: World) -> None:
    link(world, "i")
    unlink(world, "clerk.wang")
    with pytest.raises(IdentityOfAnotherError):
        link(world, "i", "clerk.chen", "person-1")
    link(world, "i", "clerk.chen", "person-2")
    link(world, "i", "clerk.wang", "person-1")
    first, undone, other, again = (entry.details["identity_hmac"] for entry in entries(world))
    assert first == undone == again != other
    assert "person-1" not in str([entry.details for entry in entries(world)])


def test_the_command_links(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    platform = {
        "CERTSVC_OIDC_ISSUER": "http://127.0.0.1:9",
        "CERTSVC_OIDC_CLIENT_ID": CLIENT_ID,
        "CERTSVC_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
    }
    unset = run_command(home, "identities", "add", "clerk.wang", "person-1")
    assert (unset.code, "oidc.not-configured" in unset.err) == (1, True)
    assert run_command(home, "identities", "add", "clerk.wang", "person-1", **platform).code == 0
    assert "clerk.wang  person-1" in run_command(home, "identities", "list").out
    assert run_command(home, "identities", "remove", "clerk.wang", **platform).code == 0
    assert run_command(home, "identities", "list").out == "还没有关联任何账号。\n"


@pytest.mark.parametrize(
    "chosen",
    [
        {"oidc_issuer": "https://id.example"},
        {"oidc_client_id": "x"},
        {"oidc_issuer": "id.example", "oidc_client_id": "x", "oidc_client_secret_file": "f"},
        {
            "oidc_issuer": "https://id.example?x",
            "oidc_client_id": "x",
            "oidc_client_secret_file": "f",
        },
        {"oidc_issuer": "http://id.example", "oidc_client_id": "x", "oidc_client_secret_file": "f"},
    ],
)
def test_settings_are_whole_and_production_asks_for_tls(
    tmp_path: Path, chosen: dict[str, str]
) -> None:
    production = {"public_url": "https://c.example", "timestamp_urls": ("https://t.example",)}
    whole = {"oidc_issuer": "https://id.example", "oidc_client_id": "x"}
    read_settings(tmp_path, **production, **whole, oidc_client_secret_file="f")
    with pytest.raises(SettingsInvalidError):
        read_settings(tmp_path, **production, **chosen)
