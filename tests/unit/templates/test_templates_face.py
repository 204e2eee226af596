"""A face that cannot be shown faithfully is refused."""

from dataclasses import replace
from datetime import datetime

import pytest

from templates.errors import FieldsInvalidError, GlyphMissingError
from templates.face import check_face, check_text, leaves
from tests.packs.papers import sample

FACE = sample("no-criminal-record")


def test_the_sample_is_fine() -> None:
    check_face(FACE)
    assert ("fields.name", "name") not in list(leaves(FACE.fields))


@pytest.mark.parametrize("field", ["purpose", "matter", "producing_unit", "identifier"])
@pytest.mark.parametrize("text", ["", "   ", "\u3000"])
def test_an_empty_line_is_refused(field: str, text: str) -> None:
    with pytest.raises(FieldsInvalidError) as caught:
        check_face(replace(FACE, **{field: text}))
    assert caught.value.params == {"field": field, "reason": "empty"}


def test_a_long_purpose_is_refused_with_its_limit() -> None:
    check_face(replace(FACE, purpose="用" * 200))
    with pytest.raises(FieldsInvalidError) as caught:
        check_face(replace(FACE, purpose="用" * 201))
    assert caught.value.params == {"field": "purpose", "reason": "too-long", "limit": 200}


def test_a_time_without_zone_is_refused() -> None:
    naive = datetime(2026, 11, 21, 10, 0, 0)  # noqa: DTZ001 - the defect under test
    with pytest.raises(FieldsInvalidError, match="naive-time"):
        check_face(replace(FACE, extracted_at=naive))


@pytest.mark.parametrize("twin", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_twin_that_is_not_json_is_refused(twin: bytes) -> None:
    with pytest.raises(FieldsInvalidError, match="twin.*not-json"):
        check_face(replace(FACE, twin=twin))


@pytest.mark.parametrize(
    "character",
    ["\0", "\n", "\t", "\x1b", "\x7f", "\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\u00ad",
     "\u2028", "\ud800", "\U000e0041"],
)  # fmt: skip
def test_unseen_characters_are_refused_by_name(character: str) -> None:
    with pytest.raises(FieldsInvalidError) as caught:
        check_text("purpose", f"入学{character}报名")
    assert caught.value.params["reason"] == "control-character"
    assert caught.value.params["character"] == f"U+{ord(character):04X}"
    assert "入学" not in str(caught.value)


@pytest.mark.parametrize("text", ["שלום", "محمد", "الف ۱"])
def test_right_to_left_script_is_refused(text: str) -> None:
    with pytest.raises(FieldsInvalidError, match="right-to-left"):
        check_text("name", text)


@pytest.mark.parametrize("character", ["\ue000", "\U000f0000", "\u0378"])
def test_private_and_unassigned_characters_are_no_glyphs(character: str) -> None:
    with pytest.raises(GlyphMissingError) as caught:
        check_text("name", f"张{character}")
    assert caught.value.params["characters"] == f"U+{ord(character):04X}"


def test_unseen_characters_are_found_in_nested_data_and_metadata() -> None:
    rows = {**FACE.fields, "rows": [{"unit": "青禾\u202e"}]}
    with pytest.raises(FieldsInvalidError) as caught:
        check_face(replace(FACE, fields=rows))
    assert caught.value.params["field"] == "rows[0].unit"
    with pytest.raises(FieldsInvalidError, match="metadata.certificateName"):
        check_face(replace(FACE, metadata={"certificateName": "a\0b"}))
