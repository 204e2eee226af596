"""A whole file is validated before anything is issued; every error names its row and column."""

import pytest

from certsvc.catalogue.uses.service import list_permitted_uses
from certsvc.certificates.batches.errors import BatchHeaderInvalidError
from certsvc.certificates.batches.rules import Column
from certsvc.certificates.batches.tables import read_table
from certsvc.certificates.batches.validation import ValidatedTable, column_titles, validate_table
from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.codes.holder import HolderCodeType, mask_code
from certsvc.foundation.messages.catalogue import Language
from tests.support.batches import csv_of, row
from tests.support.world import NOW, World


def validate(world: World, content: bytes) -> ValidatedTable:
    with world.services.database.reading() as session:
        uses = list_permitted_uses(
            session, unit_code=APPROVAL_BUREAU, on=NOW.astimezone(CHINA_TIME).date()
        )
    return validate_table(read_table(content), uses)


def problems(world: World, **changes: str) -> list[tuple[int, str, str]]:
    titles = tuple(Column)
    found = validate(world, csv_of([row(0, **changes)], titles))
    return [(each.row, str(each.column), each.code) for each in found.problems]


@pytest.mark.parametrize("language", list(Language))
def test_titles_are_understood_in_any_order(world: World, language: Language) -> None:
    names = column_titles(language)
    titles = [names[name] for name in reversed(Column)]
    cells = {names[Column(name)]: value for name, value in row(0).items()}
    found = validate(world, csv_of([cells], titles))
    assert found.problems == ()
    assert found.rows[0].holder_code == row(0)["holder"]


@pytest.mark.parametrize("column", ["type", "matter", "holder_kind"])
def test_no_error_repeats_a_number_in_the_wrong_column(world: World, column: str) -> None:
    number = row(0)["holder"]
    found = validate(world, csv_of([row(0, **{column: number.lower()})], tuple(Column)))
    (problem,) = (each for each in found.problems if each.column == column)
    assert problem.params == {"typed": mask_code(number)}


def test_types_and_matters_may_be_named(world: World) -> None:
    changes = {"type": "无犯罪记录证明", "matter": "人才补贴申领", "holder_kind": "居民身份证"}
    assert problems(world, **changes) == []


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"type": ""}, "type", "batches.row.missing"),
        ({"type": "x"}, "type", "batches.row.unknown-type"),
        ({"matter": "school-hiring"}, "matter", "batches.row.unknown-matter"),
        ({"matter": "firearms-licence"}, "matter", "batches.row.unknown-matter"),
        (
            {"type": "social-insurance", "matter": "teacher-qualification"},
            "type",
            "batches.row.not-permitted",
        ),
        ({"holder": ""}, "holder", "batches.row.missing"),
        ({"holder": "99010119900307002"}, "holder", "codes.holder-invalid"),
        ({"holder": "9.90101199003070E+17"}, "holder", "batches.row.rounded"),
        ({"holder_kind": "驾照"}, "holder_kind", "batches.row.unknown-kind"),
        ({"purpose": "  "}, "purpose", "issuance.purpose-missing"),
        ({"purpose": "字" * 201}, "purpose", "issuance.purpose-invalid"),
        ({"reply": "不是编号"}, "reply", "batches.row.malformed-reply"),
    ],
)
def test_what_is_wrong_is_named(
    world: World, changes: dict[str, str], column: str, code: str
) -> None:
    assert problems(world, **changes) == [(2, column, code)]


def test_all_errors_are_found_in_one_go(world: World) -> None:
    found = problems(world, type="x", holder="", purpose="")
    assert [column for _, column, _ in found] == ["type", "holder", "purpose"]


def test_a_number_is_read_as_people_type_it(world: World) -> None:
    typed = "９９０１０１ 19900307 0023"
    found = validate(world, csv_of([row(0, holder=typed)]))
    assert found.errors == ()
    assert [each.code for each in found.problems] == ["batches.note.read-as-usual"]
    assert found.rows[0].holder_code == row(0)["holder"]


def test_a_kind_without_its_zeros(world: World) -> None:
    cells = row(0, holder_kind="1", holder="11990101MB0000001X")
    found = validate(world, csv_of([cells], tuple(Column)))
    assert found.rows[0].holder_kind is HolderCodeType.CREDIT_CODE


@pytest.mark.both_engines
def test_the_same_twice_is_an_error_of_the_later_row(world: World) -> None:
    spaced = row(0)["holder"][:6] + " " + row(0)["holder"][6:]
    found = validate(world, csv_of([row(0), row(1), row(0, holder=spaced)]))
    assert [(each.row, each.code, each.params) for each in found.errors] == [
        (4, "batches.row.duplicate", {"earlier": 2})
    ]


@pytest.mark.parametrize(
    ("titles", "reason"),
    [
        (("type", "holder", "matter"), "missing"),
        (("type", "holder", "matter", "purpose", "holder"), "twice"),
        (("type", "holder", "matter", "purpose", "colour"), "unknown"),
    ],
)
def test_titles_that_cannot_be_understood(
    world: World, titles: tuple[str, ...], reason: str
) -> None:
    content = (",".join(titles) + "\na\n").encode()
    with pytest.raises(BatchHeaderInvalidError) as refused:
        validate(world, content)
    assert refused.value.params["reason"] == reason
