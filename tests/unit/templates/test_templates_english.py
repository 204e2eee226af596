"""The English forms on a face in two languages, and none on one in Chinese alone."""

from dataclasses import replace
from datetime import date
from typing import Any

from templates.english import english_date, with_english
from templates.printed import printed_face, printed_value
from tests.packs.papers import pack_of, sample

SCHEMA: dict[str, Any] = {
    "properties": {
        "on": {"format": "date"},
        "kind": {"enum": ["护照", "其他"], "x-en": {"护照": "Passport"}},
        "note": {},
        "rows": {
            "items": {
                "properties": {
                    "tax": {"x-en": {"契税": "Deed Tax"}},
                    "on": {"format": "date"},
                    "to": {},
                }
            }
        },
    }
}


def test_dates_are_written_out() -> None:
    assert english_date(date(2026, 3, 7)) == "7 March 2026"


def test_only_what_is_fixed_has_an_english_form_right_behind_it() -> None:
    values: dict[str, Any] = {
        "on": "2026-03-07",
        "kind": "护照",
        "note": "契税",
        "rows": [{"tax": "契税", "on": "2026-03-07", "to": None}],
    }
    shown = with_english(printed_value(values, SCHEMA), values, SCHEMA)
    assert list(shown.items())[:-1] == [
        ("on", "2026年3月7日"),
        ("on_en", "7 March 2026"),
        ("kind", "护照"),
        ("kind_en", "Passport"),
        ("note", "契税"),
    ]
    assert [list(row.values()) for row in shown["rows"]] == [
        ["契税", "Deed Tax", "2026年3月7日", "—"]
    ]


def test_a_value_without_an_english_form_stays_alone() -> None:
    assert with_english({"kind": "其他"}, {"kind": "其他"}, SCHEMA) == {"kind": "其他"}


def test_a_face_in_chinese_alone_has_no_english() -> None:
    pack = pack_of("tax-payment")
    in_both = printed_face(sample("tax-payment"), pack)
    in_one = printed_face(sample("tax-payment"), replace(pack, languages=("zh-CN",)))
    assert in_both["issued_on_en"] == "21 November 2026"
    assert in_both["fields"]["period_to_on_en"] == "31 October 2026"
    assert "issued_on_en" not in in_one
    assert not [field for field in in_one["fields"] if field.endswith("_on_en")]
    assert in_one["fields"]["total_yuan_in_words"] == "人民币贰万贰仟壹佰贰拾壹元叁角伍分"
