"""Rendering: conforming, deterministic, data never markup."""

import hashlib
import io
import json
import os
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from templates.checking import check_rendered
from templates.checking_content import page_texts, squeezed
from templates.errors import FieldsInvalidError, GlyphMissingError, RenderingFailedError
from templates.face import Face
from templates.packs import load_pack
from templates.samples import SAMPLES, SampleName
from tests.packs.papers import CODES, PACKS, ROOT, pack_of, rendered, renderer, sample

CODE = "no-criminal-record"

MARKUP = [
    '#eval("1+1")', "#panic()", '#import "/_house/letter.typ": *', '#read("/etc/passwd")',
    "*粗* _斜_ `代码` ```raw```", "$x^2$ $ $", "@label <label> <seal-slot>", "\\ \\u{41} \\#",
    "// 注释", "/* 注释 */", "= 标题", "- 项", "+ 项", "/ 词: 义", "[#text(red)[x]]", "{let a = 1}",
    "https://example.com/?a=b#c", "\"引号\" 'x' -- --- ... ~", "%PDF-1.7 %%EOF startxref 0",
    "<script>alert(1)</script>", "'; DROP TABLE units;--", "${jndi:ldap://x}", "{{7*7}}",
    "%s %n %x",
]  # fmt: skip


def named(name: str) -> Face:
    face = sample(CODE)
    return replace(face, fields={**face.fields, "name": name}, purpose=name)


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_data_is_printed_as_it_was_typed(text: str) -> None:
    face = named(text)
    document = renderer().render(pack_of(CODE), face)
    check_rendered(document.pdf, face, pack_of(CODE))
    assert squeezed("".join(page_texts(document.pdf))).count(squeezed(text)) == 2
    assert document.seal_slot == rendered(CODE).seal_slot or len(text) > 20


@pytest.mark.parametrize(
    "text",
    [
        "W" * 80,
        "超" * 80,
        "a-" * 40,
        "1." * 40,
        "Maximiliana Guadalupe Concepción de los Ángeles",
        "e\u0301" * 20,
        "阿卜杜热西提·买买提吐尔逊",
        "㛃𬭎䶮𫖯𠅤𪚥買〇",
        "ＡＢＣ１２３（全角）",
        "ﬁ ﬂ ffi office",
        "café Ørsted Łódź Đỗ",
    ],
)
def test_long_and_rare_texts_stay_inside_and_are_read_back(text: str) -> None:
    face = named(text)
    document = renderer().render(pack_of(CODE), face)
    check_rendered(document.pdf, face, pack_of(CODE))
    assert document.page_count == 1
    found = unicodedata.normalize("NFC", "".join(page_texts(document.pdf)))
    assert squeezed(text) in squeezed(found)


@pytest.mark.parametrize("text", ["张😀", "ก ไก่", "x\ufe0f", "\U0002ffff"])
def test_a_character_without_glyph_is_refused(text: str) -> None:
    with pytest.raises(GlyphMissingError):
        renderer().render(pack_of(CODE), named(text))


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\u202eabc", "שלום", "\ud800"])
def test_hidden_and_turning_characters_are_refused(text: str) -> None:
    with pytest.raises(FieldsInvalidError):
        renderer().render(pack_of(CODE), named(text))


def test_the_longest_face_the_rules_allow_stays_whole() -> None:
    face = replace(
        sample(CODE, "sample-hard"),
        fields={**sample(CODE).fields, "name": "名" * 80},
        producing_unit="制" * 100,
        extracting_unit="提" * 100,
        matter="事" * 100,
        purpose="用" * 200,
        copy_number="N" * 64,
        identifier="1.2.156.3005.2." + "W" * 113,
    )
    document = renderer().render(pack_of(CODE), face)
    check_rendered(document.pdf, face, pack_of(CODE))
    assert document.page_count <= 2


@pytest.mark.parametrize("code", CODES)
def test_the_same_input_gives_the_same_bytes_whatever_came_before(code: str) -> None:
    first = rendered(code).pdf
    renderer().render(pack_of(CODE), sample(CODE, "sample-hard"))
    assert renderer().render(pack_of(code), sample(code)).pdf == first


PROGRAM = """
import hashlib, sys
from tests.packs.papers import CODES, rendered
print(*(hashlib.sha256(rendered(code).pdf).hexdigest() for code in CODES))
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_same_input_gives_the_same_bytes_in_another_process(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/New_York"}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    here = [hashlib.sha256(rendered(code).pdf).hexdigest() for code in CODES]
    assert done.stdout.split() == here


def test_another_instant_gives_other_bytes() -> None:
    later = sample(CODE).extracted_at.replace(second=1)
    face = replace(sample(CODE), extracted_at=later)
    assert renderer().render(pack_of(CODE), face).pdf != rendered(CODE).pdf


def test_threads_get_their_own_paper() -> None:
    faces = [named(f"青禾{number}") for number in range(12)]
    long = named("青" * 60)
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda face: renderer().render(pack_of(CODE), face), [*faces, long]))
    for face, document in zip([*faces, long], made, strict=True):
        check_rendered(document.pdf, face, pack_of(CODE))
    assert made[-1].seal_slot.center_y_mm > made[0].seal_slot.center_y_mm


def test_fields_that_do_not_fit_the_schema_are_refused() -> None:
    face = replace(sample(CODE), fields={"name": "青小禾"})
    with pytest.raises(FieldsInvalidError, match="required"):
        renderer().render(pack_of(CODE), face)


@pytest.mark.parametrize(
    "layout",
    [
        "#panic()",
        '#read("/../../pyproject.toml")',
        "正文",
        "#(",
    ],
)
def test_a_broken_layout_is_a_clear_failure(tmp_path: Path, layout: str) -> None:
    for name in (CODE, "_house"):
        (tmp_path / name).mkdir()
        for path in (PACKS / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    (tmp_path / CODE / "layout.typ").write_text(layout, "utf-8")
    with pytest.raises(RenderingFailedError) as caught:
        renderer().render(load_pack(tmp_path / CODE), sample(CODE))
    assert caught.value.params["pack"] == CODE
    assert str(tmp_path) not in str(caught.value)


def test_the_file_carries_its_twin_its_elements_and_its_time() -> None:
    face = sample(CODE)
    with pikepdf.open(io.BytesIO(rendered(CODE).pdf)) as pdf:
        twin = pdf.attachments["certificate.json"].get_file().read_bytes()
        assert json.loads(twin)["fields"] == face.fields
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261121020000Z"
        assert face.identifier in pdf.Root.Metadata.read_bytes().decode()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_seal_slot_is_on_the_last_page_inside_the_type_area(
    code: str, name: SampleName
) -> None:
    document = rendered(code, name)
    slot = document.seal_slot
    radius = slot.diameter_mm / 2
    assert slot.page_index == document.page_count - 1
    assert slot.center_x_mm - radius >= 28
    assert slot.center_x_mm + radius <= 210 - 26
    assert slot.center_y_mm - radius >= 37
    assert slot.center_y_mm + radius <= 297 - 35
