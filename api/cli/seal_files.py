"""The file that describes a seal, or what to alter about one, in TOML.

One file that both people can read before anything is proposed. `[image]` holds rim_text,
bottom_text, second_line, rim_number, star, diameter_mm, file, draw_words; `[signing]` key and
certificates; `[scope]` types, units, hours, per_day, in_all, stop_before_days. An application has
number, name, owner, route and reason besides. Files that it names lie beside it. `key` is the name
of a key that the operator of the machine offers; an address is none.
"""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from api.cli.errors import SealFileInvalidError
from api.cli.files import read_bounded
from certsvc.catalogue.routes import Route
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.amendments import SealAmendment
from certsvc.sealing.custody.offers import OfferedKeys
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.scope_rules import SealScope

_HEAD: dict[str, type] = {"number": str, "name": str, "owner": str, "route": str, "reason": str}
_CONTENT: dict[str, type] = {
    "image.rim_text": str,
    "image.bottom_text": str,
    "image.second_line": str,
    "image.rim_number": str,
    "image.star": bool,
    "image.diameter_mm": float,
    "image.file": str,
    "image.draw_words": bool,
    "signing.key": str,
    "signing.certificates": str,
}
_SCOPE: dict[str, type] = {
    "scope.types": list,
    "scope.units": list,
    "scope.hours": str,
    "scope.per_day": int,
    "scope.in_all": int,
    "scope.stop_before_days": int,
}
_NAMES = {
    "number": "id",
    "owner": "owner_unit_code",
    "image.star": "has_star",
    "image.file": "uploaded_image",
    "signing.key": "key_uri",
    "signing.certificates": "certificate_chain_pem",
    "scope.types": "type_codes",
    "scope.units": "unit_codes",
    "scope.hours": "service_hours",
    "scope.per_day": "daily_limit",
    "scope.in_all": "total_limit",
}
_ROUTES = {route.value for route in Route}
_DEFAULT_DIAMETER_MM = 42.0
_Described = TypeVar("_Described", SealApplication, SealAmendment)


def read_application(path: Path) -> SealApplication:
    """Read an application for a seal; its key is named, and `choose_key` finds its address.

    Raises:
        SealFileInvalidError: an entry is missing, unknown or of another kind.
    """
    entries = _read(path, _HEAD | _CONTENT | _SCOPE)
    for needed in (*_HEAD, "image.rim_text", "signing.key"):
        if needed not in entries:
            raise SealFileInvalidError(file=path.name, entry=needed)
    if entries["route"] not in _ROUTES:
        raise SealFileInvalidError(file=path.name, entry="route")
    values = _values(path, entries, _HEAD | _CONTENT)
    values.pop("draw_words", None)
    values["route"] = Route(values["route"])
    defaults: dict[str, Any] = {
        "bottom_text": "",
        "diameter_mm": _DEFAULT_DIAMETER_MM,
        "certificate_chain_pem": "",
    }
    return SealApplication(**(defaults | values), scope=SealScope(**_values(path, entries, _SCOPE)))


def read_amendment(path: Path) -> SealAmendment:
    """Read what to alter of image, certificates or key; `choose_key` finds the key's address.

    Raises:
        SealFileInvalidError: an entry is unknown or of another kind.
    """
    return SealAmendment(**_values(path, _read(path, _CONTENT), _CONTENT))


def choose_key(
    described: _Described, session: Session, offers: OfferedKeys, *, actor: Actor
) -> _Described:
    """Replace the name of a key by its address; add its own certificate if none is given.

    Raises:
        PermissionDeniedError: the actor may not propose changes of seals.
        KeyNotOfferedError: no key of this name is offered; an address is no name.
        CertificateOfOtherKeyError: the certificate is not this key's.
    """
    if described.key_uri is None:
        return described
    offered = offers.get(session, described.key_uri, actor=actor)
    chain = described.certificate_chain_pem or offered.chain_pem
    offered.require_own(chain)
    return replace(described, key_uri=offered.uri, certificate_chain_pem=chain)


def read_scope(path: Path) -> SealScope:
    """Read a whole scope; what it does not name is not limited.

    Raises:
        SealFileInvalidError: an entry is unknown or of another kind.
    """
    return SealScope(**_values(path, _read(path, _SCOPE), _SCOPE))


def _read(path: Path, known: dict[str, type]) -> dict[str, Any]:
    try:
        content = tomllib.loads(read_bounded(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SealFileInvalidError(file=path.name, entry="TOML") from error
    entries: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            entries |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            entries[name] = value
    for name, value in entries.items():
        if name not in known or not _is_of(value, known[name]):
            raise SealFileInvalidError(file=path.name, entry=name)
    return entries


def _is_of(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if kind is list:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return type(value) is kind


def _values(path: Path, entries: dict[str, Any], known: dict[str, type]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in known.keys() & entries.keys():
        value = entries[name]
        if name == "image.file":
            value = read_bounded(path.parent / value)
        elif name == "signing.certificates":
            value = read_bounded(path.parent / value).decode(errors="replace")
        elif known[name] is list:
            value = frozenset(value)
        elif known[name] is float:
            value = float(value)
        values[_NAMES.get(name, name.rpartition(".")[2])] = value
    return values
