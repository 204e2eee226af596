"""What is wrong with which field of a request: all of it at once, with a code and a sentence.

- A fault that the schema finds has a code of `http.field-…`; one that the service finds has the
  code of its error.
- The name is that of our schema, or what the caller sent; a value is never told back.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from api.shared.sentences import KnownError, sentence, sentence_of
from certsvc.foundation.messages.catalogue import Language

Place = Literal["body", "query", "path", "header"]
_PLACES: tuple[Place, ...] = ("body", "query", "path", "header")
MOST_FAULTS = 20
"""Beyond this nobody reads on."""
_LONGEST_NAME = 80
_CODES = {
    "missing": "http.field-missing",
    "extra_forbidden": "http.field-unknown",
    "unknown_parameter": "http.field-unknown",
    "repeated_parameter": "http.field-repeated",
    "enum": "http.field-not-among",
    "literal_error": "http.field-not-among",
    "string_too_long": "http.field-too-long",
    "too_long": "http.field-too-long",
    "string_too_short": "http.field-too-short",
    "too_short": "http.field-too-short",
    "greater_than_equal": "http.field-too-small",
    "greater_than": "http.field-too-small",
    "less_than_equal": "http.field-too-large",
    "less_than": "http.field-too-large",
    "string_type": "http.field-no-text",
    "string_unicode": "http.field-no-text",
    "int_type": "http.field-no-number",
    "int_parsing": "http.field-no-number",
    "int_from_float": "http.field-no-number",
    "bool_type": "http.field-no-boolean",
    "bool_parsing": "http.field-no-boolean",
}
_MALFORMED = "http.field-malformed"
_LIMITS = ("max_length", "min_length", "le", "ge", "lt", "gt")

FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    "catalogue.type-unknown": ("type", "pack"),
    "catalogue.matter-unknown": ("matter",),
    "organisations.unit-unknown": ("unit",),
    "codes.holder-invalid": ("holder",),
    "issuance.purpose-missing": ("purpose",),
    "issuance.purpose-invalid": ("purpose",),
    "inquiries.basis-missing": ("basis",),
    "inquiries.basis-invalid": ("basis",),
    "inquiries.holder-name-invalid": ("holder_name",),
    "inquiries.reply-unknown": ("reply",),
    "inquiries.reply-too-old": ("reply",),
    "approvals.reason-missing": ("reason",),
    "certificates.reason-code-foreign": ("reason_code",),
    "certificates.effective-instant": ("effective_at",),
    "issuance.code-malformed": ("type",),
    "idempotency.key-invalid": ("Idempotency-Key",),
    "db.cursor-invalid": ("after",),
    "db.sort-unknown": ("sort",),
    "db.filter-invalid": ("",),
    "feed.kind-unknown": ("type",),
}
"""The field that an error of the service is about, by the error's code."""
_IN_HEADER = {"idempotency.key-invalid"}
_IN_QUERY = {"db.cursor-invalid", "db.sort-unknown", "db.filter-invalid", "feed.kind-unknown"}


class FieldFault(BaseModel):
    """What is wrong with one field of a request."""

    place: Annotated[Place, Field(description="Where the field is")]
    field: Annotated[str, Field(description="Its name; dots lead into what it holds")]
    code: Annotated[str, Field(description="Stable name of what is wrong; more may come")]
    detail: Annotated[str, Field(description="One sentence, in the reader's language")]


FAULT_EXAMPLE: JsonDict = {
    "place": "body",
    "field": "purpose",
    "code": "issuance.purpose-missing",
    "detail": "请填写用途，例如“申请认定高级中学教师资格”。",
}


def faults_of_schema(errors: Sequence[Mapping[str, Any]], language: Language) -> list[FieldFault]:
    """Say what a request lacks that does not satisfy the schema."""
    return [_fault(each, language) for each in errors[:MOST_FAULTS]]


def faults_of_error(error: KnownError, language: Language) -> list[FieldFault]:
    """Say which field an error of the service is about; nothing if it is about none."""
    names = FIELDS_OF.get(error.code)
    if names is None:
        return []
    place: Place = "body"
    if error.code in _IN_HEADER:
        place = "header"
    elif error.code in _IN_QUERY:
        place = "query"
    named = str(error.params.get("name", names[0]))
    text = sentence_of(error, language)
    return [FieldFault(place=place, field=named, code=error.code, detail=text)]


def _fault(error: Mapping[str, Any], language: Language) -> FieldFault:
    path = [str(part) for part in error["loc"]]
    place: Place = next((each for each in _PLACES if path[:1] == [each]), "body")
    code = _CODES.get(str(error["type"]), _MALFORMED)
    given = error.get("ctx") or {}
    params: dict[str, str | int] = {
        "limit": next((str(given[name]) for name in _LIMITS if name in given), ""),
        "expected": str(given.get("expected", "")).replace("'", "").replace(" or ", ", "),
    }
    return FieldFault(
        place=place,
        field=".".join(path[1:])[:_LONGEST_NAME],
        code=code,
        detail=sentence(code, language, params),
    )
