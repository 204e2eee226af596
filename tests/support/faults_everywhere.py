"""Find every function of ours that a run calls, and let it fail, whoever calls it.

Found by watching a run, not by a list: a function that is new tomorrow is tried tomorrow.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import CO_GENERATOR
from itertools import chain
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, TypeGuard

_GUARDS = {"parsing", "_asking_pyhanko"}
_ERRORS = {
    *("PARSER_ERRORS", "ValueError", "TypeError"),
    *("LookupError", "KeyError", "IndexError", "AttributeError"),
}
"""By what a guard is known: its name, or what it catches."""

_WRAPPERS = ("__wrapped__", "__func__", "fget", "func")
"""Where caches, context managers, methods and properties keep the function."""


@dataclass(frozen=True)
class Call:
    """A function, and the line that it is called from; of a generator, from wherever it is."""

    function: FunctionType
    caller: CodeType | None = None
    line: int = 0

    @property
    def name(self) -> str:
        """The function's, with its module."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def is_from(self, frame: FrameType) -> bool:
        """Whether it is this call that the frame makes."""
        if self.caller is None:
            return True
        return frame.f_code is self.caller and frame.f_lineno == self.line

    @property
    def place(self) -> str:
        """Function and line, for a message."""
        place = "" if self.caller is None else f" in {self.caller.co_qualname}:{self.line}"
        return self.name + place


@dataclass
class Fault:
    """An error that a function raises as if a line of it did."""

    error: Exception
    call: Call
    original: FunctionType
    raised: int = 0

    def answer(self, frame: FrameType, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any function's
        """What the function answers if it is called from elsewhere."""
        if self.call.is_from(frame):
            self.raised += 1
            return self
        return self.original(*given, **named)


def _stand_in(*given: Any, fault: Fault, frame_of: Callable[[int], FrameType], **named: Any) -> Any:  # noqa: ANN401  # any function's
    # With the names of the function's own module: nothing of this one is known here.
    answer = fault.answer(frame_of(1), given, named)
    if answer is fault:
        raise fault.error.with_traceback(None)  # it may be raised more than once
    return answer


@contextmanager
def failing(call: Call, error: Exception) -> Iterator[Fault]:
    """While it lasts, the function raises the error where it is called from that line.

    Its code is replaced, not its name, so that it does not matter under which name it is known.
    """
    function = call.function
    kept = function.__code__, function.__kwdefaults__, function.__defaults__
    original = FunctionType(kept[0], function.__globals__, function.__name__, kept[2])
    original.__kwdefaults__ = kept[1]
    fault = Fault(error, call, original)
    function.__code__ = _stand_in.__code__
    function.__kwdefaults__ = {"fault": fault, "frame_of": sys._getframe}
    function.__defaults__ = None
    try:
        yield fault
    finally:
        function.__code__, function.__kwdefaults__, function.__defaults__ = kept


def calls_in(run: Callable[[], object], package: ModuleType) -> dict[Call, bool]:
    """Every call of a function of that package in one run, but the first.

    Returns:
        The calls, and whether each was made inside a guard: where an error of a class that
        libraries raise is caught, however far up.
    """
    known, found = _functions(package), dict[Call, bool]()

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        caller = frame.f_back
        function = known.get(frame.f_code) if event == "call" else None
        if function is None or caller is None:
            return
        ours = [above for above in _stack(caller) if _is_of(package, above)]
        if ours:
            # What runs on a generator is seldom what has called for it.
            is_generator = frame.f_code.co_flags & CO_GENERATOR
            call = Call(function, *(() if is_generator else (caller.f_code, caller.f_lineno)))
            found[call] = found.get(call, False) or any(map(_is_guarded, ours))

    clear_caches(package)
    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(None)
    return found


def _is_of(package: ModuleType, frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] == package.__name__


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_guarded(frame: FrameType) -> bool:
    return frame.f_lineno in _guarded_lines(frame.f_code.co_filename)


@cache
def _guarded_lines(path: str) -> frozenset[int]:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    bodies = [node.body for node in ast.walk(tree) if _is_guard(node)]
    lines = (range(body[0].lineno, (body[-1].end_lineno or 0) + 1) for body in bodies)
    return frozenset(chain.from_iterable(lines))


def _is_guard(node: ast.AST) -> TypeGuard[ast.With | ast.Try]:
    if isinstance(node, ast.With):
        return any(_names(item.context_expr) & _GUARDS for item in node.items)
    if isinstance(node, ast.Try):
        return any(_names(handler.type) & _ERRORS for handler in node.handlers)
    return False


def _names(node: ast.AST | None) -> set[str]:
    parts = () if node is None else ast.walk(node)
    return {part.id for part in parts if isinstance(part, ast.Name)}


def clear_caches(package: ModuleType) -> None:
    """Forget what its functions remember, for what is remembered is not called."""
    for clear in _caches(package):
        clear()


@cache
def _caches(package: ModuleType) -> tuple[Callable[[], None], ...]:
    return tuple(
        value.cache_clear
        for module in _modules(package)
        for value in vars(module).values()
        if hasattr(value, "cache_clear") and hasattr(value, "__wrapped__")
    )


@cache
def _functions(package: ModuleType) -> Mapping[CodeType, FunctionType]:
    """By their code; those without free variables, which are all but closures."""
    found = {}
    for module in _modules(package):
        for value in list(vars(module).values()):
            parts = vars(value).values() if isinstance(value, type) else (value,)
            for part in parts:
                function = _unwrap(part)
                if function is None or function.__code__.co_freevars:
                    continue
                if function.__module__ == module.__name__:
                    found[function.__code__] = function
    return found


def _unwrap(value: object) -> FunctionType | None:
    while not isinstance(value, FunctionType) or hasattr(value, "__wrapped__"):
        inner = [getattr(value, name) for name in _WRAPPERS if hasattr(value, name)]
        if not inner or isinstance(value, type):
            return None
        value = inner[0]
    return value


@cache
def _modules(package: ModuleType) -> tuple[ModuleType, ...]:
    names = [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return tuple(map(importlib.import_module, names))
