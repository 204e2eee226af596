"""Lint of packs: a good pack has no defect, and each broken one is named after its own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from templates.defects import Finding, PackDefect
from templates.errors import PackUnsoundError
from templates.pack_linting import found_in, lint_folder, require_sound
from templates.pack_making import NewPack, make_pack
from templates.packs import Wording
from tests.packs.papers import CODES, PACKS, pack_of, renderer

Break = Callable[[Path], None]
CODE = "trial-proof"


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one new pack and the letterhead, to copy and break."""
    parent = tmp_path_factory.mktemp("packs")
    new = NewPack(
        code=CODE,
        title=Wording(zh="试用证明", en="Trial proof"),
        legal_basis=("《试用条例》",),
        validity_days=30,
    )
    make_pack(new, parent, renderer())
    return parent


def edit(file: str, old: str, new: str) -> Break:
    """Replace one passage of a file, which must be there."""

    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_text("utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new), "utf-8")

    return change


def remove(file: str) -> Break:
    return lambda folder: (folder / file).unlink()


def without_sample_field(folder: Path) -> None:
    """An optional field that neither sample has."""
    path = folder / "schema.json"
    schema = json.loads(path.read_text("utf-8"))
    schema["properties"]["remark"] = {
        "title": "备注",
        "x-title-en": "Remark",
        "type": "string",
        "maxLength": 20,
    }
    path.write_text(json.dumps(schema, ensure_ascii=False), "utf-8")
    edit("layout.typ", CLOSING, f'#f.at("remark", default: "")\n{CLOSING}')(folder)


def needed_though_optional(folder: Path) -> None:
    """A field that may be left out, and that the layout cannot do without."""
    edit("schema.json", ', "as_of_on", "result"]', ', "result"]')(folder)


CLOSING = "#attested()"
SEAL_SLOT = "#issuing-line(face.producing_unit, face.issued_on)"
UNSEALED = "#face.producing_unit #face.issued_on"
PATCH = "#place(top + left, rect(width: 40mm, height: 200mm, fill: white))"


def closed_by(*parts: str) -> Break:
    """The closing with other parts than `attested` puts together."""
    written = ("#indented[特此证明。]", "#qr-block", *parts, "#extraction-note()")
    return edit("layout.typ", CLOSING, "\n\n".join(written))


BROKEN: list[tuple[PackDefect, str, Break]] = [
    (PackDefect.UNUSABLE, "sample-hard.json", remove("sample-hard.json")),
    (PackDefect.UNUSABLE, "pack.toml", edit("pack.toml", "[title]", "[title")),
    (PackDefect.UNUSABLE, "schema.json", edit("schema.json", '"type": "object"', '"type": "x"')),
    (PackDefect.UNUSABLE, "layout.typ", edit("layout.typ", CLOSING, '#import "@preview/x:1"')),
    (PackDefect.KEY_UNKNOWN, "pack.toml", edit("pack.toml", "riding = true", "ridding = true")),
    (PackDefect.VALUE_INVALID, "pack.toml", edit("pack.toml", 'paper = "a4"', 'paper = "a5"')),
    (PackDefect.VALUE_INVALID, "pack.toml", edit("pack.toml", "days = 30", "days = 0")),
    (PackDefect.LEGAL_BASIS_MISSING, "pack.toml", edit("pack.toml", '"《试用条例》"', "")),
    (PackDefect.LEGAL_BASIS_MISSING, "pack.toml", edit("pack.toml", "《试用条例》", "试用条例")),
    (PackDefect.SCHEMA_ID, "schema.json", edit("schema.json", f"{CODE}:1", f"{CODE}:2")),
    (
        PackDefect.SCHEMA_OPEN,
        "schema.json",
        edit("schema.json", '  "additionalProperties": false,\n', ""),
    ),
    (PackDefect.TITLE_MISSING, "schema.json", edit("schema.json", '"x-title-en": "As of",', "")),
    (PackDefect.HOLDER_MISSING, "schema.json", edit("schema.json", '"x-holder": "code",', "")),
    (PackDefect.FIELD_UNUSED, "layout.typ", edit("layout.typ", "#f.id_type;", "")),
    (PackDefect.FIELD_NOT_IN_SAMPLES, "sample-hard.json", without_sample_field),
    (PackDefect.FIELD_UNKNOWN, "layout.typ", edit("layout.typ", "#value(f.result)", "#f.results")),
    (
        PackDefect.FIELD_UNKNOWN,
        "layout.typ",
        edit("layout.typ", CLOSING, f'#f.at("remark", default: "")\n{CLOSING}'),
    ),
    (PackDefect.FIELD_NEEDED, "layout.typ", needed_though_optional),
    (PackDefect.SAMPLE_INVALID, "sample.json", edit("sample.json", '"2026-11-20"', '"2026-11-31"')),
    (PackDefect.NOT_RENDERED, "layout.typ", edit("layout.typ", CLOSING, "#panic()")),
    (
        PackDefect.NOT_CONFORMING,
        "layout.typ",
        edit(
            "layout.typ",
            CLOSING,
            f'#image(bytes(sys.inputs.qr), format: "svg", width: 8mm)\n{CLOSING}',
        ),
    ),
    (PackDefect.GLYPH_MISSING, "layout.typ", edit("layout.typ", "经查询，", "经查询\u0e01，")),
    (PackDefect.GLYPH_MISSING, "sample.json", edit("sample.json", "青小禾", "青\u0e01")),
    (
        PackDefect.QR_UNREADABLE,
        "layout.typ",
        edit("layout.typ", CLOSING, f"{CLOSING}\n{PATCH}"),
    ),
    (PackDefect.SEAL_SLOT_MISSING, "layout.typ", closed_by(UNSEALED)),
    (PackDefect.SEAL_SLOT_MISSING, "layout.typ", closed_by(SEAL_SLOT, SEAL_SLOT)),
    (
        PackDefect.SEAL_SLOT_OUTSIDE,
        "layout.typ",
        closed_by(f"#block(width: 240mm, [{SEAL_SLOT}])"),
    ),
    (
        PackDefect.SEAL_SLOT_COVERED,
        "layout.typ",
        closed_by(f"#place(right, dx: -25mm, dy: 16mm)[联系人]\n{SEAL_SLOT}"),
    ),
    (PackDefect.TEXT_DIFFERS, "expected.txt", edit("layout.typ", "经查询，", "经查，")),
    (PackDefect.TEXT_DIFFERS, "expected.txt", edit("expected.txt", "试用证明", "试用的证明")),
]  # fmt: skip


def broken(skeleton: Path, tmp_path: Path, change: Break) -> list[Finding]:
    parent = Path(shutil.copytree(skeleton, tmp_path / "packs"))
    change(parent / CODE)
    return lint_folder(parent / CODE, renderer())[1]


@pytest.mark.parametrize("code", CODES)
def test_the_packs_of_the_tree_have_no_defect(code: str) -> None:
    pack, findings = lint_folder(PACKS / code, renderer())
    assert findings == []
    assert pack == pack_of(code)


def test_a_new_pack_has_no_defect(skeleton: Path) -> None:
    assert lint_folder(skeleton / CODE, renderer())[1] == []


@pytest.mark.parametrize(
    ("defect", "file", "change"),
    BROKEN,
    ids=[f"{defect.value}-{number}" for number, (defect, _, _) in enumerate(BROKEN)],
)
def test_a_broken_pack_is_told_its_defect_and_the_file_to_open(
    skeleton: Path, tmp_path: Path, defect: PackDefect, file: str, change: Break
) -> None:
    found = broken(skeleton, tmp_path, change)
    assert (defect, file) in {(finding.defect, finding.file) for finding in found}, found


def test_every_defect_has_a_broken_pack() -> None:
    # What is left fails the checks of issuing in a way that no layout reaches: they have tests.
    assert set(PackDefect) - {defect for defect, _, _ in BROKEN} == {PackDefect.CHECK_FAILED}


def test_a_defect_that_both_samples_show_is_told_once(skeleton: Path, tmp_path: Path) -> None:
    found = broken(skeleton, tmp_path, edit("layout.typ", "#value(f.result)", "#f.results"))
    assert len(found) == len({(finding.code, str(finding.params)) for finding in found})


def test_a_pack_with_a_defect_is_not_sound(skeleton: Path, tmp_path: Path) -> None:
    parent = Path(shutil.copytree(skeleton, tmp_path / "packs"))
    edit("pack.toml", '"《试用条例》"', "")(parent / CODE)
    pack, findings = lint_folder(parent / CODE, renderer())
    assert pack is not None
    assert findings == found_in(pack, renderer())
    with pytest.raises(PackUnsoundError) as caught:
        require_sound(pack, renderer())
    assert caught.value.params["first"] == "template.lint.legal-basis-missing"
