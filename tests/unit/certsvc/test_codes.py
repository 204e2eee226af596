"""Codes of the national standards, against published examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.foundation.codes.certificate_identifier import (
    CertificateIdentifier,
    IdentifierWarning,
    check_character,
    read_identifier,
)
from certsvc.foundation.codes.credit_code import credit_code_check_character, require_credit_code
from certsvc.foundation.codes.errors import (
    CreditCodeInvalidError,
    HolderCodeInvalidError,
    IdentifierInvalidError,
)
from certsvc.foundation.codes.holder import (
    HolderCode,
    HolderCodeType,
    has_wrong_check_character,
    mask_code,
    mask_name,
)
from certsvc.foundation.codes.identity_number import identity_number_check_character
from certsvc.foundation.messages.catalogue import load_catalogue

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


LEGACY = (
    "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
)
"""Published as the sample of a provincial interface; the standard's character would be D."""


class TestLegacyCheckCharacters:
    def test_the_published_sample_is_read_with_a_warning(self) -> None:
        read = read_identifier(LEGACY)
        assert read.warning is IdentifierWarning.LEGACY_CHECK_CHARACTER
        assert str(read.identifier) == LEGACY.removesuffix("M") + "D"

    def test_the_standard_has_no_warning(self) -> None:
        assert read_identifier(LEGACY.removesuffix("M") + "D").warning is None

    def test_it_is_read_as_people_write_it(self) -> None:
        assert read_identifier(f"  {LEGACY.lower()}\n") == read_identifier(LEGACY)

    def test_it_is_never_accepted_where_the_standard_is_asked_for(self) -> None:
        with pytest.raises(IdentifierInvalidError):
            CertificateIdentifier.parse(LEGACY)

    @pytest.mark.parametrize("check", "0123456789ABCEFGHIJKLNOPQRSTUVWXYZ")
    def test_every_other_character_is_refused(self, check: str) -> None:
        with pytest.raises(IdentifierInvalidError):
            read_identifier(LEGACY.removesuffix("M") + check)


class TestCertificateIdentifier:
    def test_iso_7064_example(self) -> None:
        # ISO/IEC 7064 MOD 37,36: A12425GABC1234002 has the check character M (as in GRid).
        assert check_character("A12425GABC1234002") == "M"

    @given(st.text(ALPHABET, min_size=1, max_size=32), st.integers(1, 999))
    def test_what_is_written_can_be_read(self, serial: str, version: int) -> None:
        identifier = CertificateIdentifier(
            type_code="11990101MB0000002C001",
            authority_code="11990101MB0000002C",
            serial=serial,
            version=version,
        )
        assert CertificateIdentifier.parse(str(identifier)) == identifier

    @given(st.data())
    def test_one_wrong_character_is_noticed(self, data: st.DataObject) -> None:
        text = str(
            CertificateIdentifier.allocate(
                type_code="11990101MB0000002C001", authority_code="11990101MB0000002C"
            )
        )
        places = [i for i in range(len("1.2.156.3005.2."), len(text)) if text[i] != "."]
        place = data.draw(st.sampled_from(places))
        other = data.draw(st.sampled_from([c for c in ALPHABET if c != text[place]]))
        with pytest.raises(IdentifierInvalidError):
            CertificateIdentifier.parse(text[:place] + other + text[place + 1 :])

    @pytest.mark.parametrize(
        "text", ["", "1.2.156.3005.2", "1.2.156.3005.2.A.B.C.001.X", "x" * 200, "1.2.156.3005.2.\0"]
    )
    def test_malformed_is_refused(self, text: str) -> None:
        with pytest.raises(IdentifierInvalidError):
            CertificateIdentifier.parse(text)

    def test_two_allocations_differ(self) -> None:
        both = {
            CertificateIdentifier.allocate(
                type_code="11990101MB0000002C001", authority_code="11990101MB0000002C"
            ).serial
            for _ in range(2)
        }
        assert len(both) == 2


class TestCreditCode:
    def test_example_of_the_standard(self) -> None:
        # GB 32100-2015, the example of its annex.
        assert credit_code_check_character("91350100M000100Y4") == "3"

    def test_early_lawful_codes_fail_the_check(self) -> None:
        with pytest.raises(CreditCodeInvalidError):
            require_credit_code("91350100M0001TGQXM")

    @pytest.mark.parametrize("code", ["", "1234", "91350100M000100Y4I", "9135010OM000100Y43"])
    def test_malformed_is_refused(self, code: str) -> None:
        with pytest.raises(CreditCodeInvalidError):
            require_credit_code(code)


class TestIdentityNumber:
    def test_example_of_the_standard(self) -> None:
        # GB 11643-1999, the example of its annex: 11010519491231002X.
        assert identity_number_check_character("11010519491231002") == "X"


class TestHolder:
    @pytest.mark.parametrize("value", ["", " ", "1\0", "<script>", "1" * 41, "'; DROP", "١"])
    @pytest.mark.parametrize("kind", [HolderCodeType.IDENTITY_NUMBER, HolderCodeType.OTHER_PERSON])
    def test_impossible_codes_are_refused(self, value: str, kind: HolderCodeType) -> None:
        with pytest.raises(HolderCodeInvalidError):
            HolderCode(value=value, kind=kind)

    @pytest.mark.parametrize(
        "typed",
        [
            "11010519491231002x",
            "110105 19491231 002X",
            "\u3000110105\u00a019491231 002X\n",
            "１１０１０５１９４９１２３１００２Ｘ",
            "１１０１０５ 19491231 ００２ｘ",
        ],
    )
    def test_a_number_is_read_as_people_type_it(self, typed: str) -> None:
        assert HolderCode(value=typed).value == "11010519491231002X"

    @pytest.mark.parametrize(
        ("typed", "params"),
        [
            (
                "1101051949123100O2",
                {"reason": "character", "position": 17, "character": "O"},
            ),
            ("11010519491231X02", {"reason": "character", "position": 15, "character": "X"}),
            (
                "1101051949123100\x7f",
                {"reason": "character", "position": 17, "character": "U+007F"},
            ),
            ("1101051949123100", {"reason": "length", "length": 16}),
            ("1" * 19, {"reason": "length", "length": 19}),
        ],
    )
    def test_the_wrong_character_is_named(self, typed: str, params: dict[str, object]) -> None:
        with pytest.raises(HolderCodeInvalidError) as caught:
            HolderCode(value=typed)
        assert caught.value.params == params
        assert f"codes.holder-invalid.{params['reason']}" in load_catalogue()

    @pytest.mark.parametrize(
        ("typed", "kind", "reason"),
        [
            ("91350100M000100Y43", HolderCodeType.IDENTITY_NUMBER, "credit-code"),
            ("11010519491231002X", HolderCodeType.CREDIT_CODE, "identity-number"),
        ],
    )
    def test_the_code_of_another_kind_is_told(
        self, typed: str, kind: HolderCodeType, reason: str
    ) -> None:
        with pytest.raises(HolderCodeInvalidError) as caught:
            HolderCode(value=typed, kind=kind)
        assert caught.value.params == {"reason": reason}
        assert f"codes.holder-invalid.{reason}" in load_catalogue()

    def test_what_is_kept_is_read_back_whatever_it_looks_like(self) -> None:
        kept = HolderCode.of("001", "11010519491231002X")
        assert kept.kind is HolderCodeType.CREDIT_CODE

    def test_a_lawful_number_that_fits_another_kind_by_chance_is_taken(self) -> None:
        # Of a citizen with a wrong check character, which fits a credit code.
        bodies = (f"11010519491231{number:03d}" for number in range(1000))
        body = next(
            body
            for body in bodies
            if credit_code_check_character(body)
            in set("0123456789") - {identity_number_check_character(body)}
        )
        number = body + credit_code_check_character(body)
        assert HolderCode(value=number).value == number
        assert HolderCode(value=number, kind=HolderCodeType.CREDIT_CODE).value == number

    def test_full_width_brackets_stay(self) -> None:
        number = HolderCode(value="H（1）- 2", kind=HolderCodeType.OTHER_PERSON)
        assert number.value == "H（1）-2"

    def test_a_wrong_check_character_is_noticed_and_not_refused(self) -> None:
        assert not has_wrong_check_character(HolderCode(value="11010519491231002X"))
        assert has_wrong_check_character(HolderCode(value="110105194912310021"))
        passport = HolderCode(value="110105194912310021", kind=HolderCodeType.PASSPORT)
        assert not has_wrong_check_character(passport)

    def test_small_letters_are_the_same_code(self) -> None:
        assert HolderCode(value="11010519491231002x") == HolderCode(value="11010519491231002X")
        other = HolderCode(value="h(a)-1", kind=HolderCodeType.OTHER_PERSON)
        assert other.value == "H(A)-1"

    def test_no_log_shows_the_number(self) -> None:
        assert "11010519491231002" not in repr(HolderCode(value="11010519491231002X"))

    def test_masks_leave_no_birthday(self) -> None:
        assert mask_code("11010519491231002X") == "110***********002X"
        assert mask_code("12345678") == "******78"
        assert mask_code("1") == "*1"

    def test_names_keep_one_character(self) -> None:
        assert mask_name("买买提·阿不都热西提") == "买*********"
        assert mask_name("青") == "青*"
