"""What every connector of a source must do, whatever is behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from certsvc.evidence.sources.answers import AnswerTaker, TakenAnswer
from certsvc.evidence.sources.errors import (
    HolderNotFoundError,
    SeveralRecordsError,
    SourceNonsenseError,
    SourceUnavailableError,
)
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from tests.support.departments import (
    TYPE,
    Department,
    Opened,
    csv_department,
    http_department,
    sql_department,
    workbook_department,
)

KINDS: dict[str, Callable[[Path], Opened]] = {
    "sql": sql_department,
    "http": http_department,
    "csv": csv_department,
    "xlsx": workbook_department,
}
SOMEBODY = HolderCode(value="990101199003070023")


@pytest.fixture(params=KINDS)
def department(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Department]:
    with KINDS[request.param](tmp_path) as opened:
        yield opened
        opened.connector.close()


def ask(department: Department, holder: HolderCode = SOMEBODY) -> TakenAnswer:
    """Ask, and take the answer as the register does."""
    taker = AnswerTaker(department.description, fictional_areas=True)
    definition = department.description.types[TYPE]
    return taker.take(department.connector.fetch(TYPE, holder), definition, holder)


def test_columns_become_fields_and_rows(department: Department) -> None:
    taken = ask(department)
    assert taken.holder_name == "青小禾"
    assert taken.fields == {
        "name": "青小禾",
        "id_number": "990101199003070023",
        "sex": "女",
        "birth_on": "1990-03-07",
        "members": [{"relation": "户主", "months": 12}, {"relation": "配偶"}],
    }
    assert taken.warnings == ()


def test_rare_characters_and_numbers_ending_in_x_are_found(department: Department) -> None:
    taken = ask(department, HolderCode(value="99010119850101001x"))
    assert taken.holder_name == "买买提·阿不都热西提"
    assert taken.fields["members"] == []
    # The number's own check character is another one: it is issued on, and warned of.
    assert [(each.field, each.kind) for each in taken.warnings] == [("holder", "check-character")]


def test_nobody_and_several_are_told_apart(department: Department) -> None:
    with pytest.raises(HolderNotFoundError):
        ask(department, HolderCode(value="990101199003070103"))
    with pytest.raises(SeveralRecordsError):
        ask(department, HolderCode(value="990101200002290011"))


@pytest.mark.parametrize("typed", ["1--OR-1", "()", "0"])
def test_what_a_person_types_is_only_ever_looked_for(department: Department, typed: str) -> None:
    holder = HolderCode(value=typed, kind=HolderCodeType.OTHER_PERSON)
    assert department.connector.fetch(TYPE, holder).records == ()


def test_the_same_answer_has_the_same_digest_and_another_another(department: Department) -> None:
    first, again = (department.connector.fetch(TYPE, SOMEBODY).sha256 for _ in range(2))
    other = department.connector.fetch(TYPE, HolderCode(value="99010119850101001X")).sha256
    assert first == again != other
    assert len(first) == 64


def test_the_question_has_a_text_with_nobodys_number(department: Department) -> None:
    text = department.connector.query_text(TYPE)
    department.connector.fetch(TYPE, SOMEBODY)
    assert department.connector.query_text(TYPE) == text
    assert text
    assert SOMEBODY.value not in text


def test_a_sound_source_passes_its_check(department: Department) -> None:
    department.connector.check()


def test_a_lost_column_is_nonsense_for_the_check_too(department: Department) -> None:
    department.lose_column()
    with pytest.raises(SourceNonsenseError) as caught:
        ask(department)
    assert caught.value.params["fault"] == "column-missing"
    if department.description.kind == "http":
        return  # an answer about nobody has no record that could lack anything
    with pytest.raises(SourceNonsenseError):
        department.connector.check()


def test_a_source_that_is_gone_is_down_for_the_check_too(department: Department) -> None:
    department.vanish()
    with pytest.raises(SourceUnavailableError) as caught:
        ask(department)
    assert caught.value.params["name"] == "户籍库"
    with pytest.raises(SourceUnavailableError):
        department.connector.check()
