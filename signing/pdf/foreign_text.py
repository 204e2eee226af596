"""Making text from a foreign file safe to display.

* A name may not move the cursor of a terminal, begin a line of its own in a report, or turn the
  direction of what stands beside it.
"""

import unicodedata

_LENGTH_LIMIT = 500
_FOUR_DIGITS = 0xFFFF
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, half characters, line ends


def presentable(text: str) -> str:
    r"""The text with every invisible character escaped as ``\\u001b``, and not too long.

    A backslash is doubled, so that nobody can spell out what looks like an escape of ours.
    """
    shown, length = list[str](), 0
    for part in map(_shown, text[:_LENGTH_LIMIT]):
        length += len(part)
        if length > _LENGTH_LIMIT:  # half an escape could be taken for something else
            break
        shown.append(part)
    return "".join(shown)


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= _FOUR_DIGITS else f"\\U{number:08x}"
