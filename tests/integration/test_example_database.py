"""The example database: who is in it, and that everybody gets what their department knows."""

from collections import Counter
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from certsvc.demonstration.firms import EMPLOYER_NAME, Firm, make_firms
from certsvc.demonstration.people import FIRST, HARD_CASES, LONG_ADDRESS, make_residents
from certsvc.demonstration.source_database import create_source_database, describe_sources
from certsvc.evidence.sources.configuration import read_sources
from certsvc.evidence.sources.errors import (
    HolderKindUnsupportedError,
    HolderNotFoundError,
    SeveralRecordsError,
)
from certsvc.evidence.sources.facts import check_facts
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType, has_wrong_check_character
from certsvc.foundation.settings import read_settings
from certsvc.people.rights.rules import Actor, Role
from templates.errors import FieldsInvalidError
from templates.packs import PackLibrary
from tests.support.world import NOW

DAY = date(2026, 11, 21)
CLERK = Actor(id="staff:clerk", name="经办", roles=frozenset({Role.CLERK}))
TYPES_OF_PEOPLE = (
    "no-criminal-record",
    "social-insurance",
    "marriage-record",
    "real-estate",
    "household",
    "education",
    "tax-payment",
)
TYPES_OF_FIRMS = ("no-violation", "real-estate", "tax-payment")
ASKED_FIRMS = [*make_firms()[:3], make_firms()[100]]
PUPILS_BEFORE_THE_REGISTER = (
    "deceased",
    "rare-4",
    "wrong-check-character",
    "compound-name",
    "recorded-twice",
)
NO_CITIZENS = ("foreign-name", "hong-kong-permit", "taiwan-permit")
UNKNOWN = [
    ("no-criminal-record", "deceased"),
    ("social-insurance", "deceased"),
    ("social-insurance", "minor"),
    ("marriage-record", "minor"),
    ("education", "minor"),
    *(("education", case) for case in PUPILS_BEFORE_THE_REGISTER),
    *((kind, case) for kind in ("household", "education") for case in NO_CITIZENS),
]
"""Who is in no register: the dead, children, those who went to school before there was one."""
AT_FAULT = [("no-criminal-record", "recorded-twice"), ("no-criminal-record", "impossible-date")]
"""Where the register itself is wrong."""
KNOWN = [
    pair
    for pair in ((kind, case) for kind in TYPES_OF_PEOPLE for case in HARD_CASES)
    if pair not in UNKNOWN + AT_FAULT
]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> SourceRegister:
    folder = tmp_path_factory.mktemp("departments")
    create_source_database(folder / "example.db", day=DAY)
    description = folder / "sources.toml"
    description.write_text(describe_sources(folder / "example.db"), encoding="utf-8")
    return SourceRegister(read_sources(description))


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> PackLibrary:
    settings = read_settings(tmp_path_factory.mktemp("home"), mode="demonstration")
    return PackLibrary(settings.packs_dir)


def ask(register: SourceRegister, type_code: str, holder: HolderCode) -> VerifiedData:
    return register.query(
        type_code=type_code, holder=holder, matter_code="matter", actor=CLERK, now=NOW
    )


def require_fitting_facts(
    register: SourceRegister, packs: PackLibrary, type_code: str, holder: HolderCode
) -> None:
    data = ask(register, type_code, holder)
    check_facts(packs.get(type_code), data.fields, holder=holder, holder_name=data.holder_name)


def fields_of(register: SourceRegister, type_code: str, case: str) -> dict[str, Any]:
    return ask(register, type_code, HARD_CASES[case].holder).fields


class TestWhoIsInIt:
    def test_there_are_as_many_as_a_small_town_has(self) -> None:
        assert len(make_residents()) >= 2000
        assert len(make_firms()) == 200

    def test_nobody_is_there_twice(self) -> None:
        numbers = [person.identity_number for person in make_residents()]
        numbers += [firm.credit_code for firm in make_firms()]
        assert [number for number, count in Counter(numbers).items() if count > 1] == []

    def test_rare_characters_and_names_with_an_interpunct(self) -> None:
        names = "".join(person.name for person in HARD_CASES.values())
        assert set("𬭎䶮㛃𫖯") <= set(names)
        assert HARD_CASES["interpunct"].name == "买买提·阿不都热西提"

    def test_a_foreign_name_has_40_characters(self) -> None:
        assert len(HARD_CASES["foreign-name"].name) == 40

    def test_two_people_have_one_name(self) -> None:
        first, second = HARD_CASES["same-name-1"], HARD_CASES["same-name-2"]
        assert first.name == second.name
        assert first.identity_number != second.identity_number

    def test_a_minor_and_a_deceased(self) -> None:
        assert HARD_CASES["minor"].age_on(DAY) < 18
        assert HARD_CASES["deceased"].died_on is not None

    def test_a_number_ends_in_x(self) -> None:
        assert HARD_CASES["ends-in-x"].identity_number.endswith("X")

    def test_every_kind_of_document(self) -> None:
        assert {person.kind for person in make_residents()} == {
            HolderCodeType.IDENTITY_NUMBER,
            HolderCodeType.PASSPORT,
            HolderCodeType.HONG_KONG_MACAO_PERMIT,
            HolderCodeType.TAIWAN_PERMIT,
        }

    def test_an_address_has_120_characters(self) -> None:
        assert len(LONG_ADDRESS) == 120

    def test_only_the_hard_case_has_a_wrong_check_character(self) -> None:
        wrong = [each for each in make_residents() if has_wrong_check_character(each.holder)]
        assert wrong == [HARD_CASES["wrong-check-character"]]

    def test_the_firm_that_is_named_exists(self) -> None:
        assert make_firms()[0].name == EMPLOYER_NAME


class TestWhatItAnswers:
    @pytest.mark.parametrize(("type_code", "case"), KNOWN)
    def test_every_hard_case_gets_facts_that_fit(
        self, register: SourceRegister, packs: PackLibrary, type_code: str, case: str
    ) -> None:
        require_fitting_facts(register, packs, type_code, HARD_CASES[case].holder)

    @pytest.mark.parametrize(("type_code", "case"), UNKNOWN)
    def test_who_is_in_no_register_is_not_found(
        self, register: SourceRegister, type_code: str, case: str
    ) -> None:
        with pytest.raises((HolderNotFoundError, HolderKindUnsupportedError)):
            ask(register, type_code, HARD_CASES[case].holder)

    @pytest.mark.parametrize("type_code", TYPES_OF_PEOPLE)
    def test_the_first_resident_gets_every_certificate(
        self, register: SourceRegister, packs: PackLibrary, type_code: str
    ) -> None:
        require_fitting_facts(register, packs, type_code, FIRST.holder)

    @pytest.mark.parametrize("type_code", TYPES_OF_PEOPLE)
    def test_facts_of_ordinary_people_fit(
        self, register: SourceRegister, packs: PackLibrary, type_code: str
    ) -> None:
        known = 0
        for person in make_residents()[100::40]:
            with suppress(HolderNotFoundError):
                require_fitting_facts(register, packs, type_code, person.holder)
                known += 1
        assert known > 10

    @pytest.mark.parametrize("type_code", TYPES_OF_FIRMS)
    @pytest.mark.parametrize(
        "firm", [*make_firms()[:3], make_firms()[100]], ids=lambda f: f.credit_code
    )
    def test_facts_of_firms_fit(
        self, register: SourceRegister, packs: PackLibrary, type_code: str, firm: Firm
    ) -> None:
        require_fitting_facts(register, packs, type_code, firm.holder)

    def test_a_firm_with_violations_is_not_found_free_of_them(
        self, register: SourceRegister
    ) -> None:
        with pytest.raises(HolderNotFoundError):
            ask(register, "no-violation", make_firms()[3].holder)

    def test_a_person_recorded_twice_is_several(self, register: SourceRegister) -> None:
        with pytest.raises(SeveralRecordsError):
            ask(register, "no-criminal-record", HARD_CASES["recorded-twice"].holder)

    def test_an_impossible_date_is_told_apart(
        self, register: SourceRegister, packs: PackLibrary
    ) -> None:
        with pytest.raises(FieldsInvalidError):
            require_fitting_facts(
                register, packs, "no-criminal-record", HARD_CASES["impossible-date"].holder
            )

    @pytest.mark.parametrize("type_code", ["no-criminal-record", "real-estate", "tax-payment"])
    def test_a_number_of_another_kind_of_document_is_somebody_else(
        self, register: SourceRegister, type_code: str
    ) -> None:
        number = HARD_CASES["foreign-name"].identity_number
        holder = HolderCode(value=number, kind=HolderCodeType.HONG_KONG_MACAO_PERMIT)
        with pytest.raises(HolderNotFoundError):
            ask(register, type_code, holder)

    def test_the_deceased_is_in_the_household_register_as_such(
        self, register: SourceRegister
    ) -> None:
        fields = fields_of(register, "household", "deceased")
        assert (fields["status"], fields["cancelled_on"]) == ("死亡注销", "2024-05-06")

    def test_the_minor_goes_to_no_register_of_marriages(self, register: SourceRegister) -> None:
        with pytest.raises(HolderNotFoundError):
            fields_of(register, "marriage-record", "minor")

    def test_the_address_comes_out_whole(self, register: SourceRegister) -> None:
        assert fields_of(register, "household", "long-address")["address"] == LONG_ADDRESS

    @pytest.mark.parametrize(
        ("type_code", "table"),
        [
            ("social-insurance", "contributions"),
            ("real-estate", "holdings"),
            ("tax-payment", "payments"),
        ],
    )
    def test_a_table_has_150_rows(
        self, register: SourceRegister, type_code: str, table: str
    ) -> None:
        assert len(fields_of(register, type_code, "long-table")[table]) == 150

    def test_the_total_is_the_sum_of_the_payments(self, register: SourceRegister) -> None:
        fields = ask(register, "tax-payment", FIRST.holder).fields
        cents = [int(each["amount_yuan"].replace(".", "")) for each in fields["payments"]]
        assert int(fields["total_yuan"].replace(".", "")) == sum(cents)
        assert min(cents) < 0, "a refund is among them"


class TestHowItIsMade:
    def test_the_same_day_makes_the_same_rows(self, tmp_path: Path) -> None:
        dumps = []
        for name in ("one.db", "two.db"):
            create_source_database(tmp_path / name, day=DAY)
            dumps.append((tmp_path / name).read_bytes()[100:])
        assert dumps[0] == dumps[1]
