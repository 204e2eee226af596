"""Facts must fit the certificate type, and be about the holder whom they were asked for.

A source or a person may answer about somebody else; a proof with one person's name over another
person's facts must be impossible.
"""

from collections.abc import Mapping
from typing import Any

from certsvc.foundation.codes.holder import HolderCode, told_by_number
from certsvc.foundation.errors import ConflictError
from templates.packs import TemplatePack


class HolderMismatchError(ConflictError):
    """The facts name another holder than the one they were asked for."""

    code = "sources.holder-mismatch"


class FactsContradictError(ConflictError):
    """Birthday or sex are not those of the identity number on the same face."""

    code = "sources.facts-contradict"


def check_facts(
    pack: TemplatePack, fields: Mapping[str, Any], *, holder: HolderCode, holder_name: str
) -> None:
    """Accept facts that satisfy the pack's schema and name the right holder.

    Raises:
        FieldsInvalidError: a field is missing or malformed.
        HolderMismatchError: they name somebody else.
        FactsContradictError: birthday or sex are not those of the identity number.
    """
    pack.check_fields(fields)
    told = told_by_number(holder)
    for field, part in pack.holder_fields.items():
        if part in told and field in fields and fields[field] != told[part]:
            raise FactsContradictError(field=field)
    right = {"name": holder_name, "code": holder.value}
    for field, part in pack.holder_fields.items():
        if part in right and field in fields and fields[field] != right[part]:
            raise HolderMismatchError(field=field)
