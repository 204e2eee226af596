"""Whatever a person types is printed exactly, or refused by name; there is no third outcome."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from templates.checking import check_rendered
from templates.errors import FieldsInvalidError, GlyphMissingError
from tests.packs.papers import fonts, pack_of, renderer, sample

CODE = "no-criminal-record"

COVERED = st.characters(
    exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"),
    include_characters="\u3000",
    max_codepoint=0x323AF,
).filter(lambda character: ord(character) in fonts().coverage)

MARKUP = st.sampled_from(
    ["#", "*", "_", "$", "@", "<", ">", "\\", "//", "`", "[", "]", "{", "=", "-"]
)


def refused_or_right(name: str, purpose: str) -> bool:
    face = sample(CODE)
    face = replace(face, fields={**face.fields, "name": name}, purpose=purpose)
    try:
        document = renderer().render(pack_of(CODE), face)
    except (FieldsInvalidError, GlyphMissingError):
        return False
    check_rendered(document.pdf, face, pack_of(CODE))
    return True


@given(st.text(COVERED, min_size=1, max_size=60), st.text(COVERED, min_size=1, max_size=200))
def test_covered_text_is_printed_exactly_or_refused(name: str, purpose: str) -> None:
    refused_or_right(name, purpose)


@given(st.text(max_size=80), st.text(max_size=220))
def test_any_text_is_printed_exactly_or_refused(name: str, purpose: str) -> None:
    refused_or_right(name, purpose)


@given(st.lists(st.one_of(MARKUP, st.sampled_from("青禾ab1 ")), min_size=1, max_size=40))
def test_markup_is_always_printed(parts: list[str]) -> None:
    text = f"名{''.join(parts)}"
    assert refused_or_right(text[:80], text)
