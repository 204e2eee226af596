"""Words a foreign file brings along, made fit to be shown.

* A name may not move the cursor of a terminal, begin a line of its own in a report, or turn the
  direction of what stands beside it.
"""

import unicodedata

_LENGTH_LIMIT = 500
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, half characters, line ends


def presentable(text: str) -> str:
    """The text without invisible characters, each replaced by U+FFFD, and not too long."""
    return "".join(
        "\ufffd" if unicodedata.category(character) in _INVISIBLE else character
        for character in text[:_LENGTH_LIMIT]
    )
