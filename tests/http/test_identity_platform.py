"""Staff log in through an identity platform: a certified one, and one that lies."""

import shutil
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from certsvc.foundation.clock import FixedClock, SystemClock
from certsvc.foundation.settings import SettingsInvalidError
from certsvc.people.oidc.choice import RETURN_ADDRESS
from certsvc.people.oidc.service import ATTEMPT_LIFETIME, PURPOSE, unlink_identity
from tests.support.identity_platform import (
    CLIENT_ID,
    CLIENT_SECRET,
    LyingPlatform,
    log_in_at,
    lying_platform,
    real_platform,
)
from tests.support.platform_visits import (
    BEGIN,
    OPERATOR,
    assert_refused,
    begin,
    come_back,
    link,
    log_in,
)
from tests.support.visitors import ORIGIN, Visitor
from tests.support.world import NOW, World, make_world

REDIRECT_URI = ORIGIN + RETURN_ADDRESS


@pytest.fixture
def connect(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, FixedClock], Visitor]]:
    """Connect an installation to a platform at which the clerk is `person-1`."""
    home, opened = tmp_path / "home", []
    shutil.copytree(sqlite_template, home)
    (tmp_path / "secret").write_text(f"{CLIENT_SECRET}\n")

    def make(issuer: str, clock: FixedClock, origin: str = ORIGIN) -> Visitor:
        monkeypatch.setenv("CERTSVC_OIDC_ISSUER", issuer)
        monkeypatch.setenv("CERTSVC_OIDC_CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv("CERTSVC_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
        monkeypatch.setenv("CERTSVC_PUBLIC_URL", origin)
        world = make_world(home, "", clock)
        link(world, issuer)
        opened.append(Visitor(world))
        return opened[-1]

    yield make
    for visitor in opened:
        visitor.client.close()
        visitor.world.services.close()


@pytest.fixture
def liar() -> Iterator[LyingPlatform]:
    with lying_platform(FixedClock(NOW)) as platform:
        yield platform


@pytest.fixture
def visitor(liar: LyingPlatform, connect: Callable[[str, FixedClock], Visitor]) -> Visitor:
    return connect(liar.issuer, FixedClock(NOW))


class TestCertified:
    def test_a_clerk_logs_in_works_and_logs_out(
        self, connect: Callable[[str, FixedClock], Visitor]
    ) -> None:
        with real_platform(REDIRECT_URI) as issuer:
            visitor = connect(issuer, FixedClock(SystemClock().now()))
            assert f'href="{BEGIN}"' in visitor.client.get("/log-in").text
            sent = visitor.client.get(BEGIN)
            back = log_in_at(sent.headers["location"], "person-1", REDIRECT_URI)
            assert parse_qs(urlsplit(back).query)["iss"] == [issuer]
            entered = visitor.client.get(back.removeprefix(ORIGIN))
            assert entered.status_code == 200, entered.text
            assert 'content="0;url=/desk"' in entered.text
            assert visitor.client.get("/desk").status_code == 200
            # The code is good once, and the state went with it.
            assert visitor.client.get(back.removeprefix(ORIGIN)).status_code == 401
            left = visitor.client.post("/log-out", headers={"Content-Type": FORM})
            assert f'href="{issuer}/session/end?client_id=certsvc"' in left.text
            assert visitor.client.get("/desk").status_code == 401

    def test_a_person_whom_nobody_linked_is_told(
        self, connect: Callable[[str, FixedClock], Visitor]
    ) -> None:
        with real_platform(REDIRECT_URI) as issuer:
            visitor = connect(issuer, FixedClock(SystemClock().now()))
            sent = visitor.client.get(BEGIN)
            back = log_in_at(sent.headers["location"], "a-stranger", REDIRECT_URI)
            answer = visitor.client.get(back.removeprefix(ORIGIN))
            assert_refused(visitor, answer)
            assert "还没有关联到本系统的工作人员账号" in answer.text


FORM = "application/x-www-form-urlencoded"


def test_what_is_sent_to_the_platform(visitor: Visitor, liar: LyingPlatform) -> None:
    query = begin(visitor, liar)
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == REDIRECT_URI
    assert query["code_challenge_method"] == "S256"
    cookie = visitor.client.get(BEGIN).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    again = begin(visitor, liar)
    for name in ("state", "nonce", "code_challenge"):
        assert query[name] != again[name]


def test_an_honest_answer_lets_in(visitor: Visitor, liar: LyingPlatform) -> None:
    assert log_in(visitor, liar).status_code == 200
    assert "code_verifier=" in liar.forms[0]
    assert visitor.client.get("/desk").status_code == 200


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "属于另一次登录"),
        ({"nonce": None}, "属于另一次登录"),
        ({"aud": "somebody-else"}, "不是发给本系统"),
        ({"aud": [CLIENT_ID, "somebody-else"]}, "不是发给本系统"),
        ({"azp": "somebody-else"}, "不是发给本系统"),
        ({"aud": None}, "不是发给本系统"),
        ({"iss": "http://127.0.0.1:1"}, "来自别的身份认证平台"),
        ({"iss": None}, "来自别的身份认证平台"),
        ({"exp": int(NOW.timestamp()) - 121}, "已过期或时间不对"),
        ({"iat": int(NOW.timestamp()) + 121}, "已过期或时间不对"),
        ({"iat": int(NOW.timestamp()) - 901}, "已过期或时间不对"),
        ({"exp": None}, "读不出来或内容不全"),
        ({"exp": "soon"}, "读不出来或内容不全"),
        ({"iat": True}, "读不出来或内容不全"),
        ({"at_hash": "another"}, "与访问令牌不对应"),
        ({"sub": None}, "读不出来或内容不全"),
        ({"sub": ""}, "读不出来或内容不全"),
        ({"sub": ["person-1"]}, "读不出来或内容不全"),
        ({"sub": "person-2"}, "还没有关联"),
    ],
)
def test_a_lie_in_the_token_is_found(
    visitor: Visitor, liar: LyingPlatform, claims: dict[str, object], words: str
) -> None:
    liar.claims = claims
    answer = log_in(visitor, liar)
    assert_refused(visitor, answer)
    assert words in answer.text


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID},
        {"at_hash": None},
        {"exp": int(NOW.timestamp()) - 119},
    ],
)
def test_what_the_specification_permits_is_let_in(
    visitor: Visitor, liar: LyingPlatform, claims: dict[str, object]
) -> None:
    liar.claims = claims
    assert log_in(visitor, liar).status_code == 200


def unsigned(liar: LyingPlatform) -> str:
    parts = liar.id_token().split(".")
    header = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{header}.{parts[1]}."


def signed_with_the_secret(liar: LyingPlatform) -> str:
    claims = {"iss": liar.issuer, "aud": CLIENT_ID, "sub": "person-1"}
    key = OctKey.import_key(CLIENT_SECRET + "0" * 32)
    return jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])


@pytest.mark.parametrize("forge", [unsigned, signed_with_the_secret])
def test_an_algorithm_that_is_not_listed_is_refused(
    visitor: Visitor, liar: LyingPlatform, forge: Callable[[LyingPlatform], str]
) -> None:
    state = begin(visitor, liar)["state"]
    liar.token = forge(liar)
    answer = come_back(visitor, code="c", state=state)
    assert_refused(visitor, answer)
    assert "签名算法不被接受" in answer.text


def test_another_key_under_the_same_name_is_refused(visitor: Visitor, liar: LyingPlatform) -> None:
    liar.key = ECKey.generate_key("P-256", {"kid": "first"})
    answer = log_in(visitor, liar)
    assert_refused(visitor, answer)
    assert "签名不对" in answer.text


def test_a_key_that_is_not_published_is_refused(visitor: Visitor, liar: LyingPlatform) -> None:
    liar.key = ECKey.generate_key("P-256", {"kid": "second"})
    liar.header["kid"] = "second"
    answer = log_in(visitor, liar)
    assert_refused(visitor, answer)
    assert "签名不对" in answer.text


def test_keys_may_rotate(visitor: Visitor, liar: LyingPlatform) -> None:
    assert log_in(visitor, liar).status_code == 200
    visitor.client.cookies.clear()
    liar.key = ECKey.generate_key("P-256", {"kid": "second"})
    liar.header["kid"] = "second"
    liar.published = [liar.key]
    liar.claims = {}
    assert log_in(visitor, liar).status_code == 200
    assert liar.asked.count("/keys") == 2
    assert liar.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "eyJhbGciOiJFUzI1NiJ9.e30", "." * 5000])
def test_what_is_no_token(visitor: Visitor, liar: LyingPlatform, token: str) -> None:
    state = begin(visitor, liar)["state"]
    liar.token = token
    answer = come_back(visitor, code="c", state=state)
    assert_refused(visitor, answer, 401 if token else 503)


@pytest.mark.parametrize("named", ["http://127.0.0.1:1", ""])
def test_the_answer_of_another_platform_is_refused(
    visitor: Visitor, liar: LyingPlatform, named: str
) -> None:
    """A mix-up: the browser brings back what another platform gave (RFC 9207)."""
    state = begin(visitor, liar)["state"]
    answer = come_back(visitor, code="c", state=state, iss=named)
    assert_refused(visitor, answer)
    assert "来自别的身份认证平台" in answer.text
    assert liar.forms == []


def test_a_platform_that_names_itself_must_do_so(visitor: Visitor, liar: LyingPlatform) -> None:
    liar.metadata["authorization_response_iss_parameter_supported"] = True
    state = begin(visitor, liar)["state"]
    assert_refused(visitor, come_back(visitor, code="c", state=state))
    assert come_back(visitor, code="c", state=state, iss=liar.issuer).status_code == 200


def test_an_answer_that_this_browser_did_not_ask_for(visitor: Visitor, liar: LyingPlatform) -> None:
    state = begin(visitor, liar)["state"]
    for answer in ({"code": "c"}, {"code": "c", "state": "x"}, {"code": "c", "state": f"{state}0"}):
        refused = come_back(visitor, **answer)
        assert_refused(visitor, refused)
        assert "不是从本浏览器发起" in refused.text
    visitor.client.cookies.clear()
    assert_refused(visitor, come_back(visitor, code="c", state=state))
    assert liar.forms == []


def test_an_answer_that_comes_too_late(visitor: Visitor, liar: LyingPlatform) -> None:
    state = begin(visitor, liar)["state"]
    visitor.world.clock.advance(ATTEMPT_LIFETIME)
    assert_refused(visitor, come_back(visitor, code="c", state=state))
    assert liar.forms == []


_SOON = int(NOW.timestamp()) + 60


@pytest.mark.parametrize(
    "kept",
    ["", "x", "x.", "x.9", "x.99999999999999999999", "x.-1", f"x.{_SOON}", f"x.{_SOON}.proof"],
)
def test_a_state_that_somebody_made_themselves(
    visitor: Visitor, liar: LyingPlatform, kept: str
) -> None:
    visitor.client.cookies.set("certsvc-platform", kept)
    assert_refused(visitor, come_back(visitor, code="c", state=kept))
    assert liar.asked == []


def test_a_person_who_gave_up_is_told(visitor: Visitor, liar: LyingPlatform) -> None:
    state = begin(visitor, liar)["state"]
    answer = come_back(visitor, error="access_denied", state=state)
    assert_refused(visitor, answer)
    assert "没有确认您的身份" in answer.text


def test_a_code_that_the_platform_does_not_know(visitor: Visitor, liar: LyingPlatform) -> None:
    liar.status = 400
    assert_refused(visitor, log_in(visitor, liar))


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": None},
        {"token_endpoint": "ftp://127.0.0.1/token"},
        {"authorization_endpoint": 7},
    ],
)
def test_a_platform_that_describes_itself_wrongly(
    visitor: Visitor, liar: LyingPlatform, metadata: dict[str, object]
) -> None:
    liar.metadata = metadata
    answer = visitor.client.get(BEGIN)
    assert answer.status_code == 503
    assert "oidc.unavailable" in answer.text


def test_a_platform_without_keys_or_out_of_order(visitor: Visitor, liar: LyingPlatform) -> None:
    liar.published = []
    assert_refused(visitor, log_in(visitor, liar), 503)
    liar.status = 500
    assert_refused(visitor, log_in(visitor, liar), 503)


def test_a_platform_that_is_away(connect: Callable[[str, FixedClock], Visitor]) -> None:
    visitor = connect("http://127.0.0.1:9", FixedClock(NOW))
    assert visitor.client.get(BEGIN).status_code == 503
    assert visitor.client.get("/log-in").status_code == 200
    visitor.enter("clerk.wang")
    assert visitor.client.post("/log-out", headers={"Content-Type": FORM}).status_code == 303


def test_whoever_is_unlinked_is_logged_out_at_once(visitor: Visitor, liar: LyingPlatform) -> None:
    assert log_in(visitor, liar).status_code == 200
    services = visitor.world.services
    with services.database.transaction() as session:
        unlink_identity(
            session,
            issuer=liar.issuer,
            login="clerk.wang",
            key=services.log_in_secret.key_for(PURPOSE),
            actor=OPERATOR,
            now=NOW,
        )
    assert visitor.client.get("/desk").status_code == 401


def test_under_tls_no_neighbouring_host_can_set_the_cookies(
    liar: LyingPlatform,
    connect: Callable[..., Visitor],
) -> None:
    visitor = connect(liar.issuer, FixedClock(NOW), "https://testserver")
    visitor.client.base_url = visitor.client.base_url.copy_with(scheme="https")
    visitor.client.headers["Origin"] = "https://testserver"
    entered = log_in(visitor, liar)
    assert entered.status_code == 200, entered.text
    (cookie,) = [each for each in entered.headers.get_list("set-cookie") if "log-in=" in each]
    assert cookie.startswith("__Host-certsvc-log-in=")
    for part in ("; Path=/;", "; Secure", "; HttpOnly"):
        assert part in cookie
    assert "domain" not in cookie.lower()
    assert list(visitor.client.cookies) == ["__Host-certsvc-log-in"]
    assert visitor.client.get("/desk").status_code == 200
    left = visitor.client.post("/log-out", headers={"Content-Type": FORM})
    assert left.status_code == 200, left.text
    assert list(visitor.client.cookies) == []


def test_without_a_platform_there_is_no_button(world: World) -> None:
    visitor = Visitor(world)
    assert BEGIN not in visitor.client.get("/log-in").text
    assert visitor.client.get(BEGIN).status_code == 404
    visitor.client.close()


def test_a_secret_that_is_not_there(connect: Callable[[str, FixedClock], Visitor]) -> None:
    visitor = connect("http://127.0.0.1:9", FixedClock(NOW))
    path = visitor.world.services.settings.oidc_client_secret_file
    assert path is not None
    for content in (b"", b" \n", b"\xff"):
        path.write_bytes(content)
        with pytest.raises(SettingsInvalidError):
            _ = visitor.world.services.identity_platform
    path.unlink()
    with pytest.raises(SettingsInvalidError):
        visitor.world.services.require_fit_for_mode()
