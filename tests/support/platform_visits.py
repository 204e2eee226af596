"""The steps of a log-in through an identity platform, as a browser takes them."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from httpx2 import Response

from certsvc.people.oidc.choice import RETURN_ADDRESS
from certsvc.people.oidc.service import PURPOSE, link_identity
from certsvc.people.rights.rules import Actor, Role
from tests.support.identity_platform import LyingPlatform
from tests.support.visitors import Visitor
from tests.support.world import NOW, World

OPERATOR = Actor(id="machine:op", name="op", roles=frozenset({Role.MACHINE_OPERATOR}))
BEGIN = "/log-in/platform"


def link(world: World, issuer: str, login: str = "clerk.wang", subject: str = "person-1") -> None:
    """Link an account to whom the platform knows it as."""
    with world.services.database.transaction() as session:
        link_identity(
            session,
            issuer=issuer,
            subject=subject,
            login=login,
            key=world.services.log_in_secret.key_for(PURPOSE),
            actor=OPERATOR,
            now=NOW,
        )


def begin(visitor: Visitor, liar: LyingPlatform) -> dict[str, str]:
    """Begin a log-in, and let the platform know its nonce."""
    sent = visitor.client.get(BEGIN)
    assert sent.status_code == 303, sent.text
    query = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    liar.claims.setdefault("nonce", query["nonce"])
    return query


def come_back(visitor: Visitor, **answer: str) -> Response:
    """Come back from the platform with its answer."""
    return visitor.client.get(f"{RETURN_ADDRESS}?{urlencode(answer)}")


def log_in(visitor: Visitor, liar: LyingPlatform) -> Response:
    """Go to the platform and come back."""
    return come_back(visitor, code="c", state=begin(visitor, liar)["state"])


def assert_refused(visitor: Visitor, answer: Response, status: int = 401) -> None:
    """Nobody was let in."""
    assert answer.status_code == status, answer.text
    assert "certsvc-log-in" not in visitor.client.cookies
    assert visitor.client.get("/desk").status_code == 401
