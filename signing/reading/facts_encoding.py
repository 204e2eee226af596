"""Carry facts between the reading process and this one: JSON, built back by their types.

* The answer of a process that read a hostile file is itself not trusted: it can only become
  values of the declared types, never code.
"""

import base64
import json
import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from signing.parser_errors import UnreadableError, ask_parser
from signing.reading.document_facts import DocumentFacts


class NotFactsError(UnreadableError):
    """Not what :func:`encode_facts` writes; internal to the validator."""


def encode_facts(facts: DocumentFacts) -> bytes:
    """The facts as JSON; octets in base64, members of enumerations by value."""
    return json.dumps(asdict(facts), default=_encode_value).encode()


def decode_facts(encoded: bytes) -> DocumentFacts:
    """The facts again.

    Raises:
        NotFactsError: It is not what :func:`encode_facts` writes.
    """
    try:
        facts = _build(DocumentFacts, ask_parser(json.loads, encoded))
    except UnreadableError as error:
        raise NotFactsError from error
    assert isinstance(facts, DocumentFacts)  # noqa: S101  # for the type checker
    return facts


def _encode_value(value: bytes | Enum) -> str:
    return str(value.value) if isinstance(value, Enum) else base64.b64encode(value).decode("ascii")


def _build(kind: Any, value: Any) -> object:  # noqa: ANN401  # any declared type
    if is_dataclass(kind):
        return _build_dataclass(kind, value)
    if get_origin(kind) in (Union, types.UnionType):
        (other,) = set(get_args(kind)) - {types.NoneType}
        return None if value is None else _build(other, value)
    if get_origin(kind) is tuple:
        item, *_ = get_args(kind)
        return tuple(_build(item, part) for part in _require(list, value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ask_parser(kind, _require(str, value))
    if kind is bytes:
        return ask_parser(base64.b64decode, _require(str, value), validate=True)
    return _require(kind, value)


def _build_dataclass(kind: Any, value: Mapping[str, Any]) -> object:  # noqa: ANN401  # as above
    hints, names = get_type_hints(kind), [field.name for field in fields(kind)]
    if not set(names) <= _require(dict, value).keys():
        raise NotFactsError
    return kind(**{name: _build(hints[name], value[name]) for name in names})


def _require(kind: type, value: Any) -> Any:  # noqa: ANN401  # as above
    if type(value) is not kind:
        raise NotFactsError
    return value
