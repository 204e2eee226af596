"""The connected sources, described in a TOML file that the operator keeps.

- What one description gets wrong is an error of the whole file: half of it would be connected.
- The unit whose records a source holds is one of ours: its credit code must be right.
- Paths in the file are relative to it.
"""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from certsvc.evidence.sources.descriptions import SourceDescription
from certsvc.evidence.sources.errors import SourceConfigurationError
from certsvc.evidence.sources.mapping import FOLDER
from certsvc.foundation.codes.credit_code import require_credit_code
from certsvc.foundation.codes.errors import CreditCodeInvalidError

_SOURCES: TypeAdapter[tuple[SourceDescription, ...]] = TypeAdapter(tuple[SourceDescription, ...])


def read_sources(path: Path) -> tuple[SourceDescription, ...]:
    """Read the description of the connected sources; a missing file means none.

    Raises:
        SourceConfigurationError: the file is malformed, names a unit whose code is wrong, or two
            sources have one code or claim one type.
    """
    if not path.exists():
        return ()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        sources = _SOURCES.validate_python(content.get("source", []), context={FOLDER: path.parent})
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise SourceConfigurationError(file=path.name, entry=place) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SourceConfigurationError(file=path.name, entry="-") from error
    for source in sources:
        try:
            require_credit_code(source.unit)
        except CreditCodeInvalidError as error:
            raise SourceConfigurationError(file=path.name, entry=f"{source.code}.unit") from error
    for claimed in ([s.code for s in sources], [code for s in sources for code in s.types]):
        if len(claimed) != len(set(claimed)):
            twice = next(code for code in claimed if claimed.count(code) > 1)
            raise SourceConfigurationError(file=path.name, entry=twice)
    return sources
