"""The public status of seals: right at any instant, signed, cacheable, without personal data."""

import base64
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from certsvc.sealing.changes.proposals import apply_for_seal
from certsvc.sealing.register.rules import SealAction
from tests.architecture.tree import ROOT
from tests.integration.test_seal_changes import application
from tests.support.visitors import Visitor
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
HOUR = timedelta(hours=1)


def ask(visitor: Visitor, at: str | None = None, **headers: str) -> Any:  # noqa: ANN401  an answer of the client
    params = {"at": at} if at is not None else None
    return visitor.client.get(f"/api/v1/seals/{SEAL}/status", params=params, headers=headers)


def stopped_later(world: World) -> None:
    """Stop the seal an hour after the beginning, and let another hour go by."""
    world.clock.advance(HOUR)
    world.change_seal(SealAction.STOP)
    world.clock.advance(HOUR)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("at", "valid", "state"),
    [
        ("2026-11-21T09:59:59+08:00", False, "none"),
        ("2026-11-21T10:00:00+08:00", True, "in_use"),
        ("2026-11-21T02:00:00Z", True, "in_use"),
        ("2026-11-21T10:59:59+08:00", True, "in_use"),
        ("2026-11-21T11:00:00+08:00", False, "stopped"),
        (None, False, "stopped"),
    ],
)
def test_it_is_about_the_instant(
    visitor: Visitor,
    at: str | None,
    state: str,
    *,
    valid: bool,
) -> None:
    stopped_later(visitor.world)
    answer = ask(visitor, at)
    assert answer.status_code == 200, answer.text
    said = answer.json()["answer"]
    assert (said["valid"], said["state"], said["seal"]) == (valid, state, SEAL)


def test_a_plus_that_became_a_blank_is_understood(visitor: Visitor) -> None:
    answer = visitor.client.get(f"/api/v1/seals/{SEAL}/status?at=2026-11-21T10:00:00+08:00")
    assert answer.json()["answer"]["at"] == "2026-11-21T02:00:00+00:00"


def test_a_certificate_that_had_ended_makes_it_invalid(visitor: Visitor) -> None:
    visitor.world.clock.advance(timedelta(days=800))
    said = ask(visitor).json()["answer"]
    assert (said["state"], said["valid"]) == ("in_use", False)


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_signature(visitor: Visitor, content: dict[str, Any]) -> None:
    """Check an answer as anyone would, with the published key and no code of ours."""
    protected, middle, signature = content["signature"].split(".")
    assert middle == ""
    header = json.loads(decode(protected))
    (jwk,) = visitor.client.get("/.well-known/jwks.json").json()["keys"]
    assert (header["alg"], header["kid"]) == (jwk["alg"], jwk["kid"]) == ("ES256", jwk["kid"])
    x, y = (int.from_bytes(decode(jwk[part]), "big") for part in "xy")
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    payload = base64.urlsafe_b64encode(rfc8785.dumps(content["answer"])).rstrip(b"=")
    raw = decode(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key.verify(
        encode_dss_signature(r, s),
        protected.encode() + b"." + payload,
        ec.ECDSA(hashes.SHA256()),
    )


def test_anyone_can_check_the_signature(visitor: Visitor) -> None:
    content = ask(visitor).json()
    check_signature(visitor, content)
    content["answer"]["valid"] = False
    with pytest.raises(InvalidSignature):
        check_signature(visitor, content)


def test_the_guide_checks_an_answer_without_the_service(visitor: Visitor, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "seals.md").read_text("utf-8")
    script = guide.partition("```python\n")[2].partition("```")[0]
    keys, status = tmp_path / "jwks.json", tmp_path / "status.json"
    keys.write_bytes(visitor.client.get("/.well-known/jwks.json").content)

    def check(content: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        status.write_text(json.dumps(content), "utf-8")
        return subprocess.run(  # noqa: S603  the guide's own words
            [sys.executable, "-I", "-c", script, str(status), str(keys)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    content = ask(visitor).json()
    checked = check(content)
    assert checked.stdout.split() == [SEAL, content["answer"]["at"], "True"], checked.stderr
    for entry, lie in (("at", "2027-01-01T00:00:00+00:00"), ("seal", "other"), ("valid", False)):
        answer = check(content | {"answer": content["answer"] | {entry: lie}})
        assert answer.returncode == 1
        assert "InvalidSignature" in answer.stderr


def test_an_old_answer_cannot_be_taken_for_a_new_one(visitor: Visitor) -> None:
    before = ask(visitor)
    stopped_later(visitor.world)
    now = ask(visitor, **{"If-None-Match": before.headers["etag"]})
    assert now.status_code == 200, "what was kept before the stop is not good any more"
    said = now.json()["answer"]
    assert (said["valid"], before.json()["answer"]["valid"]) == (False, True)
    assert said["at"] == "2026-11-21T04:00:00+00:00", "each says of which instant it speaks"
    check_signature(visitor, before.json())
    with pytest.raises(InvalidSignature):
        check_signature(visitor, now.json() | {"signature": before.json()["signature"]})


def test_the_key_stays_the_same_and_is_nobody_else_s_to_read(visitor: Visitor) -> None:
    first = visitor.client.get("/.well-known/jwks.json").json()
    key = visitor.world.home / "answers.key"
    assert key.stat().st_mode & 0o077 == 0
    restarted = visitor.world.restarted()
    assert restarted.services.answer_key.public_key == visitor.world.services.answer_key.public_key
    restarted.services.close()
    assert "d" not in first["keys"][0]


def test_it_is_cached_longer_the_longer_ago(visitor: Visitor) -> None:
    stopped_later(visitor.world)
    past, present = ask(visitor, "2026-11-21T10:00:00+08:00"), ask(visitor)
    assert "max-age=86400" in past.headers["cache-control"]
    assert "max-age=30" in present.headers["cache-control"]
    tag = past.headers["etag"]
    assert ask(visitor, "2026-11-21T10:00:00+08:00").headers["etag"] == tag
    assert present.headers["etag"] != tag
    again = ask(visitor, "2026-11-21T10:00:00+08:00", **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = ask(visitor, "2026-11-21T11:00:00+08:00", **{"If-None-Match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2026-11-21T10:00:01+08:00", "seals.instant-in-future"),
        ("2026-11-21T10:00:00", "seals.instant-malformed"),
        ("0001-01-01T00:00:00+08:00", "seals.instant-malformed"),
        ("9999-12-31T23:59:59-08:00", "seals.instant-malformed"),
        ("2026-W47-6T10:00:00+08:00", "seals.instant-malformed"),
        ("2026-11-21\x0010:00:00+08:00", "seals.instant-malformed"),
        ("2026-11-21T10:00+08:00", "seals.instant-malformed"),
        ("gestern", "seals.instant-malformed"),
        ("", "seals.instant-malformed"),
    ],
)
def test_what_cannot_be_answered_is_told(visitor: Visitor, at: str, code: str) -> None:
    answer = ask(visitor, at)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_of_what_nobody_approved_nothing_is_said(visitor: Visitor) -> None:
    world = visitor.world
    proposer = world.staff("seal.zhao")
    with world.services.database.transaction() as session:
        apply_for_seal(
            session,
            application=application(session),
            offers=visitor.world.services.offered_keys,
            actor=proposer,
            now=NOW,
        )
    for seal in ("third-seal", "nowhere"):
        answer = visitor.client.get(f"/api/v1/seals/{seal}/status")
        assert (answer.status_code, answer.json()["code"]) == (404, "seals.unknown")


def test_it_names_no_person(visitor: Visitor) -> None:
    text = ask(visitor).text
    for person in ("zhao", "qian", "赵", "钱", "staff:"):
        assert person not in text
