"""Which codes an operation of the interface may answer with, read from what its functions raise.

Every function of the service says in its docstring what it raises. From an endpoint on, each that
is called is looked up by its name: as deep as the delivery and the issuing go, and one step into
the rest of the service. `python -m tests.support.operation_codes` writes the table down.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.http.operation_codes import TABLE
from api.shared.repetitions import RepeatableRequest
from api.shared.sentences import KNOWN_ERRORS, KnownError
from api.shared.views.issue_requests import CertificateRequest
from certsvc.catalogue.packs.desk import PackDesk
from certsvc.certificates.issuance.pipeline import Issuer
from certsvc.certificates.issuance.replacements import Replacer
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.storage.objects import ObjectStore
from certsvc.verification.authenticity.service import AuthenticityDesk
from tests.unit.api.errors import all_errors

_FOLLOWED = ("api.", "certsvc.certificates.issuance.")
"""Where every call is followed."""
_RAISED = re.compile(r"^\s+(\w+Error)(?=:)", re.MULTILINE)
_GENERAL = "certsvc.foundation.errors"
"""Errors there are mere bases of others."""
_METHODS: dict[tuple[str, str], Callable[..., Any]] = {
    ("issuer", "issue"): Issuer.issue,
    ("self", "_accept"): Issuer._accept,
    ("self", "_find_earlier"): Issuer._find_earlier,
    ("self", "_allocate"): Issuer._allocate,
    ("self", "_settle_repetition"): Issuer._settle_repetition,
    ("self", "_make"): Issuer._make,
    ("self", "_authorise"): Issuer._authorise,
    ("self", "_redeem"): Issuer._redeem,
    ("self", "_verify"): Issuer._verify,
    ("self", "_publish"): Issuer._publish,
    ("_issuer", "issue"): Issuer.issue,
    ("replacer", "replace"): Replacer.replace,
    ("pack_desk", "check"): PackDesk.check,
    ("once", "create"): RepeatableRequest.create,
    ("request", "to_issue_request"): CertificateRequest.to_issue_request,
    ("authenticity", "check_code"): AuthenticityDesk.check_code,
    ("authenticity", "check_file"): AuthenticityDesk.check_file,
    ("store", "put"): ObjectStore.put,
    ("store", "get"): ObjectStore.get,
    ("sources", "check"): SourceRegister.check,
    ("sources", "query"): SourceRegister.query,
}
"""Methods of the service's parts, by what they are called on."""


@cache
def _errors_by_name() -> dict[str, list[type[KnownError]]]:
    found: dict[str, list[type[KnownError]]] = {}
    for error in all_errors():
        found.setdefault(error.__name__, []).append(error)
    return found


def _nearest(name: str, module: str) -> type[KnownError] | None:
    """Return the error of a name that is defined nearest to a module, whatever loaded first."""
    return max(
        _errors_by_name().get(name, []),
        key=lambda error: (_shared_packages(error.__module__, module), error.__module__),
        default=None,
    )


def _shared_packages(one: str, other: str) -> int:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _codes_of(error: type[KnownError]) -> set[str]:
    """Return the codes of an error and its kinds; none of a mere base of others."""
    if error.__module__ == _GENERAL and error.__subclasses__():
        return set()
    return {error.code, *(kind.code for kind in _kinds_of(error) if _is_ours(kind))}


def _is_ours(error: type[KnownError]) -> bool:
    return not error.__module__.startswith("tests.")


def _kinds_of(error: type[KnownError]) -> Iterator[type[KnownError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


def described_app() -> FastAPI:
    """Make an application whose description can be asked for, and nothing else."""
    settings = SimpleNamespace(
        mode="production",
        upload_max_bytes=1 << 20,
        public_url="https://certificates.example",
        trusted_proxies=(),
    )
    return create_app(SimpleNamespace(settings=settings))  # type: ignore[arg-type]


def codes_raised(app: FastAPI) -> dict[str, list[str]]:
    """Return the codes of each operation, by its name."""
    found = {}
    for context in iter_route_contexts(app.routes):
        endpoint, route = context.endpoint, context.original_route
        if endpoint is None or not endpoint.__module__.startswith("api.http."):
            continue
        calls = [endpoint, *_dependencies(getattr(route, "dependant"))]  # noqa: B009  no type has it
        errors = {error for call in calls for error in _raised(call, set())}
        told = {code for error in errors for code in _codes_of(error)}
        found[str(context.unique_id)] = sorted(told)
    return found


def _dependencies(dependant: Any) -> Iterator[Callable[..., Any]]:  # noqa: ANN401  the framework's
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _dependencies(each)


def _raised(function: Callable[..., Any], seen: set[int]) -> set[type[KnownError]]:
    """Return the errors that a function and those it calls say they raise."""
    function = inspect.unwrap(function)
    if id(function) in seen or not inspect.isfunction(function):
        return set()
    seen.add(id(function))
    known = function.__globals__
    errors = _errors(_RAISED.findall(function.__doc__ or ""), known)
    if not function.__module__.startswith(_FOLLOWED):
        return errors
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            named = (each.id for each in ast.walk(node.exc) if isinstance(each, ast.Name))
            errors |= _errors(named, known)
        called = _resolved(node, known)
        if called is not None:
            errors |= _raised(called, seen)
    return errors


def _errors(names: Iterable[str], known: dict[str, Any]) -> set[type[KnownError]]:
    """Return the errors of these names: as the module knows them, or the nearest of the name."""
    found = (known.get(name, _nearest(name, known["__name__"])) for name in names)
    return {each for each in found if isinstance(each, type) and issubclass(each, KNOWN_ERRORS)}


def _resolved(node: ast.AST, known: dict[str, Any]) -> Any:  # noqa: ANN401  whatever it is
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if not isinstance(node, ast.Attribute):
        return None
    on = node.value
    owner = on.attr if isinstance(on, ast.Attribute) else on.id if isinstance(on, ast.Name) else ""
    if inspect.ismodule(known.get(owner)):
        return getattr(known[owner], node.attr, None)
    return _METHODS.get((owner, node.attr))


def _written(codes: dict[str, list[str]]) -> str:
    lines = [TABLE.read_text(encoding="utf-8").partition("\n\n")[0], ""]
    for name in sorted(codes):
        lines += [f"{name} = [", *(f'    "{code}",' for code in codes[name]), "]"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(TABLE).write_text(_written(codes_raised(described_app())), encoding="utf-8")
