"""Instants in answers: RFC 3339 with their offset, as `foundation.clock.rfc3339` writes them."""

from typing import Annotated, TypeAlias

from pydantic import Field

InstantText: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""An instant."""
