"""Distinguishing exceptions of parsing libraries about the file from our own defects.

* An error is the file's fault if a line of a parsing library raised it, or if it is
  :class:`UnreadableError`, by which code of ours says that a value is malformed.
* Any other error, of whatever class, is a defect of ours; so no function of ours signals malformed
  input by an error that Python's own mistakes have too.
* Libraries that are not written in Python leave no line of theirs behind. They are called by
  :func:`ask_parser`, which says of them what happened.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from signing.defects import was_raised_by_us
from signing.library_warnings import keep_quiet

_P = ParamSpec("_P")
_T = TypeVar("_T")

keep_quiet()


class UnreadableError(Exception):
    """A value of the file is not what it must be; internal to this package."""


PARSER_ERRORS = (
    UnreadableError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What asn1crypto, pyHanko and cryptography raise for values they cannot read.

Who catches them lets a mistake of ours pass first: :func:`let_mistake_pass`.
"""


def let_mistake_pass(error: Exception) -> None:
    """Raise the error again if a line of ours raised it, and not to say that a value is malformed.

    Raises:
        Exception: The error itself.
    """
    if not isinstance(error, UnreadableError) and was_raised_by_us(error.__traceback__):
        raise error


def ask_parser(function: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """Call a function of a library, such as one that is written in Rust or C.

    Args:
        function: The library's own.
        given: Its arguments.
        named: More of them.

    Raises:
        UnreadableError: It cannot read the value.
    """
    try:
        return function(*given, **named)
    except PARSER_ERRORS as error:
        if error.__traceback__ and was_raised_by_us(error.__traceback__.tb_next):
            raise  # a library calls us, or the function is none of a library
        raise UnreadableError from error


def ask_for(value: object, name: str) -> Any:  # noqa: ANN401  # whatever it is
    """What an object of such a library reads when it is asked for.

    Raises:
        UnreadableError: It cannot read it.
    """
    return ask_parser(getattr, value, name)
