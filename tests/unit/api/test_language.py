"""Chinese unless a visitor asks for English."""

import pytest

from api.shared.language import parse_language, preferred_language
from certsvc.foundation.messages.catalogue import Language

ZH, EN = Language.ZH, Language.EN


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ZH),
        ("", ZH),
        ("en", EN),
        ("en-GB,en;q=0.8", EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", ZH),
        ("en;q=0.3, zh;q=0.9", ZH),
        ("fr, en;q=0.5", EN),
        ("fr", ZH),
        ("en;q=0", ZH),
        ("en;q=nonsense", ZH),
        ("en;q=nan", ZH),
        ("*", ZH),
        (",;,q=1;;", ZH),
    ],
)
def test_the_header_decides(header: str | None, expected: Language) -> None:
    assert preferred_language(header) is expected


@pytest.mark.parametrize(
    ("tag", "expected"), [("zh_CN", ZH), ("EN", EN), ("fr", None), ("", None), (None, None)]
)
def test_a_tag_is_read(tag: str | None, expected: Language | None) -> None:
    assert parse_language(tag) is expected
