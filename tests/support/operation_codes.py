"""Which codes an operation of the interface may answer with, read from what its functions raise.

Every function of the service says in its docstring what it raises. From an endpoint on, each that
is called is looked up by its name: as deep as the delivery and the issuing go, and one step into
the rest of the service. `python -m tests.support.operation_codes` writes the table down.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.http.operation_codes import TABLE
from api.shared.problems import STATUS_OF
from api.shared.repetitions import RepeatableRequest
from api.shared.sentences import KnownError
from api.shared.views.issue_requests import CertificateRequest
from certsvc.catalogue.packs.desk import PackDesk
from certsvc.certificates.issuance.pipeline import Issuer
from certsvc.certificates.issuance.replacements import Replacer
from tests.unit.api.errors import all_errors

_FOLLOWED = ("api.", "certsvc.certificates.issuance.")
"""Where every call is followed."""
_RAISED = re.compile(r"^\s+(\w+Error)(?=:)", re.MULTILINE)
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
}
"""Methods of the service's parts, by what they are called on."""


@cache
def _codes_by_class() -> dict[str, set[str]]:
    """Return the codes of an error and its kinds, by its name; none for a mere base of others."""
    found: dict[str, set[str]] = {}
    for error in all_errors():
        if not (error in STATUS_OF and error.__subclasses__()):
            # Two areas may name an error alike; the docstrings do not tell which one is meant.
            codes = found.setdefault(error.__name__, set())
            codes |= {error.code, *(kind.code for kind in _kinds_of(error))}
    return found


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
        names = {name for call in calls for name in _raised(call, set())}
        codes = _codes_by_class()
        told = {code for name in names for code in codes.get(name, ())}
        found[str(context.unique_id)] = sorted(told)
    return found


def _dependencies(dependant: Any) -> Iterator[Callable[..., Any]]:  # noqa: ANN401  the framework's
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _dependencies(each)


def _raised(function: Callable[..., Any], seen: set[int]) -> set[str]:
    """Return the names of the errors that a function and those it calls say they raise."""
    function = inspect.unwrap(function)
    if id(function) in seen or not inspect.isfunction(function):
        return set()
    seen.add(id(function))
    names = set(_RAISED.findall(function.__doc__ or ""))
    if not function.__module__.startswith(_FOLLOWED):
        return names
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            names |= {each.id for each in ast.walk(node.exc) if isinstance(each, ast.Name)}
        called = _resolved(node, function.__globals__)
        if called is not None:
            names |= _raised(called, seen)
    return names


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
