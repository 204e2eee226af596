"""Every code that can reach a person has a sentence, in Chinese and English."""

import re
from pathlib import Path

import pytest

from api.shared.sentences import sentence, sentence_of, shown_value
from certsvc.catalogue.routes import Route
from certsvc.certificates.issuance.rules import CodeMalformedError, Step
from certsvc.foundation.approvals.rules import Outcome
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.people.rights.rules import Permission, PermissionDeniedError, Role
from certsvc.sealing.register.records import CONTENT_COLUMNS
from certsvc.sealing.register.rules import SealAction, SealState, StopReasonCode
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.uses.use_tables import COLUMNS
from templates.errors import FieldsInvalidError
from tests.unit.api.errors import all_errors

ROOT = Path(__file__).parents[3]
_QUOTED = re.compile(
    r"""["']((?:page|cli|field|state|answer|check-name|outcome|demonstration|http|problem)"""
    r"""\.[a-z_0-9.\-]+[a-z_0-9])["']"""
)
_CHINESE = re.compile(r"[一-鿿]")


def test_every_error_has_a_sentence() -> None:
    kinds = {error.code for error in all_errors() if "code" in vars(error)}
    assert sorted(code for code in kinds if code not in load_catalogue()) == []


def test_every_text_that_pages_and_commands_name_is_there() -> None:
    files = [*ROOT.glob("api/**/*.py"), *ROOT.glob("api/web/templates/*.html")]
    named = {code for path in files for code in _QUOTED.findall(path.read_text("utf-8"))}
    assert len(named) > 100
    known = load_catalogue().texts
    # Some are beginnings that a page completes; some are names of something else.
    missing = {
        code
        for code in named
        - {
            "http.request",
            "http.response.start",
            "http.response.body",
            "problem.html",
        }
        if code not in known and not any(text.startswith(f"{code}.") for text in known)
    }
    assert missing == set()


def test_every_word_that_a_code_is_made_of_is_there() -> None:
    composed = [
        *(f"step.{step.value}" for step in Step),
        *(f"role.{role.value}" for role in Role),
        *(f"word.permission.{permission.value}" for permission in Permission),
        *(f"word.route.{route.value}" for route in Route),
        *(f"word.action.{action.value}" for action in SealAction),
        *(f"word.state.{state}" for state in ("none", *SealState)),
        *(f"word.entry.{entry}" for entry in (*CONTENT_COLUMNS, *vars(SealScope()))),
        *(f"cli.seals.stop-reason-code.{reason_code.value}" for reason_code in StopReasonCode),
        *(f"cli.seals.result.{outcome}" for outcome in ("waiting", "expired", "approved")),
        *(f"cli.seals.result.{outcome.value}" for outcome in Outcome),
        *(f"cli.seals.outcome.{outcome}" for outcome in ("open", "sealed", "abandoned")),
        *(f"cli.seals.use.{column}" for column in COLUMNS),
        *(f"seals.outside-scope.{reason}" for reason in ("type", "unit", "hours")),
        *(f"seals.limit-reached.{reason}" for reason in ("day", "total")),
    ]
    assert [code for code in composed if code not in load_catalogue()] == []


def test_english_is_english_and_chinese_is_chinese() -> None:
    own_name = {"page.language.zh", "page.language.en"}
    english = {
        code
        for code, text in load_catalogue().texts.items()
        if _CHINESE.search(text["en"]) and code not in own_name
    }
    assert english == set()


def test_both_languages_have_the_same_places() -> None:
    place = re.compile(r"\{(\w+)\}")
    different = {
        code
        for code, text in load_catalogue().texts.items()
        if set(place.findall(text["zh"])) != set(place.findall(text["en"]))
        # A field's own title is in Chinese only where the English one has another name.
        and not code.startswith("template.fields-invalid")
    }
    assert different == set()


@pytest.mark.parametrize("language", list(Language))
def test_our_own_words_are_translated(language: Language) -> None:
    text = sentence_of(PermissionDeniedError(permission="issue"), language)
    assert ("开具证明" if language is Language.ZH else "issue certificates") in text
    text = sentence_of(CodeMalformedError(name="matter"), language)
    assert ("事项" if language is Language.ZH else "matter") in text


def test_english_takes_the_english_title_of_a_field() -> None:
    error = FieldsInvalidError(field="sex", title="性别", title_en="Sex", reason="enum")
    assert "Sex" in sentence_of(error, Language.EN)
    assert "性别" in sentence_of(error, Language.ZH)


def test_a_value_is_never_interpreted() -> None:
    text = sentence("catalogue.type-unknown", Language.ZH, {"type": "{type}<b>{0}"})
    assert "{type}<b>{0}" in text


def test_an_instant_is_shown_in_chinas_time_to_the_second() -> None:
    for written in ("2026-11-21T07:51:57.630328+00:00", "2026-11-21T15:51:57+08:00"):
        assert shown_value("time", written, Language.ZH) == "2026-11-21 15:51:57"
    assert shown_value("time", "2026-11-21", Language.ZH) == "2026-11-21"
