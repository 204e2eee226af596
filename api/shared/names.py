"""English names in answers of the interface."""

from typing import Annotated

from pydantic import Field

EnglishName = Annotated[
    str | None,
    Field(description="English name; null if it has none, and the Chinese one is shown instead"),
]
"""English name of a certificate type or matter, beside the Chinese one."""
