"""A decision is bound to what was shown, whole."""

import pytest

from certsvc.foundation.approvals.shown import (
    ChangedSinceShownError,
    NotShownError,
    digest_of_shown,
    require_unchanged,
)

EFFECT = {"key": {"address": "file:/a"}, "certificates": ["00", "11"], "limit": None}
DIGEST = digest_of_shown("seal-change/1", EFFECT)


def test_the_same_content_has_the_same_digest_in_whatever_order() -> None:
    require_unchanged(f" {DIGEST.upper()}\n", now=DIGEST)
    turned = dict(reversed(EFFECT.items()))
    assert digest_of_shown("seal-change/1", turned) == DIGEST


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("pack-version/1", EFFECT),
        ("seal-change/1", EFFECT | {"limit": 0}),
        ("seal-change/1", EFFECT | {"key": {"address": "file:/a?passphrase-file=/b"}}),
        ("seal-change/1", EFFECT | {"certificates": ["11", "00"]}),
        ("seal-change/1", {name: EFFECT[name] for name in ("key", "certificates")}),
    ],
)
def test_anything_else_is_refused(kind: str, effect: dict[str, object]) -> None:
    with pytest.raises(ChangedSinceShownError):
        require_unchanged(DIGEST, now=digest_of_shown(kind, effect))


@pytest.mark.parametrize("shown", ["", " ", DIGEST[:12], f"{DIGEST}0", "g" * 64, "０" * 64])
def test_an_approval_says_what_was_shown(shown: str) -> None:
    with pytest.raises(NotShownError):
        require_unchanged(shown, now=DIGEST)
