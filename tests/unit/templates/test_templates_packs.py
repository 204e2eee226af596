"""Reading packs and checking fields against their schema."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from templates.errors import FieldsInvalidError, PackInvalidError, PackUnknownError
from templates.packs import FILES, PackLibrary, load_pack
from tests.packs.papers import CODES, PACKS, library, pack_of, sample


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the packs that may be spoilt."""
    return Path(shutil.copytree(PACKS, tmp_path / "packs"))


def test_the_packs_are_there() -> None:
    assert tuple(pack.code for pack in library()) == CODES
    assert {pack.title.zh for pack in library()} >= {
        "无犯罪记录证明",
        "社会保险参保证明",
        "婚姻登记记录证明",
        "不动产登记信息查询证明",
        "户籍证明",
        "学历学籍证明",
        "企业无违法违规记录证明",
        "纳税证明",
    }


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(PackUnknownError) as caught:
        library().get("../etc")
    assert caught.value.params == {"pack": "../etc"}


def test_an_empty_folder_is_an_empty_library(tmp_path: Path) -> None:
    assert len(PackLibrary(tmp_path)) == 0


@pytest.mark.parametrize("name", FILES[1:])
def test_a_missing_file_is_named(root: Path, name: str) -> None:
    (root / "social-insurance" / name).unlink()
    with pytest.raises(PackInvalidError) as caught:
        PackLibrary(root)
    assert caught.value.params == {
        "pack": "social-insurance",
        "reason": "file-missing",
        "detail": name,
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("pack.toml", "validity_days = 30", "", "value-missing"),
        ("pack.toml", "validity_days = 30", "validity_days = 'soon'", "unreadable"),
        ("pack.toml", "[title]", "[title", "unreadable"),
        ("pack.toml", 'code = "no-criminal-record"', 'code = "other"', "code"),
        ("schema.json", '"type": "object"', '"type": "thing"', "schema"),
        ("schema.json", "{", "", "unreadable"),
    ],
)
def test_a_spoilt_pack_is_refused(root: Path, file: str, old: str, new: str, reason: str) -> None:
    path = root / "no-criminal-record" / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(PackInvalidError) as caught:
        load_pack(path.parent)
    assert caught.value.params["reason"] == reason
    assert caught.value.params["pack"] == "no-criminal-record"


@pytest.mark.parametrize("file", ["no-criminal-record/layout.typ", "_house/letter.typ"])
def test_the_digest_covers_the_pack_and_the_shared_letterhead(root: Path, file: str) -> None:
    before = load_pack(root / "no-criminal-record").digest
    assert before == pack_of("no-criminal-record").digest
    with (root / file).open("a", encoding="utf-8") as layout:
        layout.write("// a change\n")
    assert load_pack(root / "no-criminal-record").digest != before


@pytest.mark.parametrize("file", ["no-criminal-record/layout.typ", "_house/letter.typ"])
def test_a_layout_that_fetches_a_package_is_refused(root: Path, file: str) -> None:
    with (root / file).open("a", encoding="utf-8") as layout:
        layout.write('#import "@preview/cetz:0.4.0": canvas\n')
    with pytest.raises(PackInvalidError) as caught:
        load_pack(root / "no-criminal-record")
    assert caught.value.params["reason"] == "fetches"


def changed(code: str, **changes: object) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(json.dumps(sample(code).fields))
    return {**fields, **changes}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"name": ""}, "name", "minLength"),
        ({"name": "名" * 81}, "name", "maxLength"),
        ({"name": 7}, "name", "type"),
        ({"sex": "未知"}, "sex", "enum"),
        ({"birth_on": "1990-02-30"}, "birth_on", "format"),
        ({"birth_on": "1990年2月3日"}, "birth_on", "format"),
        ({"id_number": "123"}, "id_number", "pattern"),
        ({"nationality": "中国"}, "nationality", "additionalProperties"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], field: str, reason: str) -> None:
    with pytest.raises(FieldsInvalidError) as caught:
        pack_of("no-criminal-record").check_fields(changed("no-criminal-record", **changes))
    assert caught.value.params["field"] == field
    assert caught.value.params["reason"] == reason


def test_a_missing_field_is_named_with_its_titles() -> None:
    fields = changed("no-criminal-record")
    del fields["birth_on"]
    with pytest.raises(FieldsInvalidError) as caught:
        pack_of("no-criminal-record").check_fields(fields)
    assert caught.value.params == {
        "field": "birth_on",
        "title": "出生日期",
        "title_en": "Date of birth",
        "reason": "required",
    }


def test_a_wrong_cell_is_named_with_its_row_and_the_value_stays_out() -> None:
    fields = changed("social-insurance")
    fields["contributions"][3]["from_month"] = "2024-13"
    with pytest.raises(FieldsInvalidError) as caught:
        pack_of("social-insurance").check_fields(fields)
    assert caught.value.params["field"] == "contributions[3].from_month"
    assert caught.value.params["title"] == "起始年月"
    assert "2024-13" not in str(caught.value)
