"""What the address of a key names, part by part, for a person who must judge it.

* Nothing is opened. An address holds no secret, it says where one lies, so every part is shown.
* Parts are percent-decoded; what cannot be printed is written out, so that nothing hides.
"""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from keys.csc_uri import SCHEMES as REMOTE
from keys.pkcs11_uri import SCHEME as PKCS11


def address_parts(uri: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of an address by name: ``path``, ``host``, or the attribute's own name.

    An address that no provider would open has the parts that can be told apart.
    """
    return tuple((name, _visible(value)) for name, value in _parts(uri))


def _parts(uri: str) -> Iterator[tuple[str, str]]:
    scheme, _, rest = uri.partition(":")
    where, _, how = rest.partition("?")
    if uri.startswith(PKCS11):
        yield from _attributes(where, ";")
    elif uri.startswith(REMOTE):
        yield "host", _host(uri)
        yield "path", where.removeprefix("//").partition("/")[2]
    else:
        yield "path", where
    yield from _attributes(how, "&")
    yield "scheme", scheme


def _attributes(text: str, separator: str) -> Iterator[tuple[str, str]]:
    for part in text.split(separator) if text else []:
        name, _, value = part.partition("=")
        yield name, value


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).netloc
    except ValueError:
        return ""


def _visible(text: str) -> str:
    return "".join(map(_visible_letter, unquote(text)))


def _visible_letter(letter: str) -> str:
    if letter == "\\":
        return "\\\\"  # or somebody could spell out what looks like an escape of ours
    return letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}"
