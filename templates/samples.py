"""The samples each pack brings: an ordinary case and the hardest one.

Persons, units and places in them are invented (青禾市云岭区; area codes beginning with 99).
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

import rfc8785

from templates.errors import PackInvalidError
from templates.face import Face
from templates.packs import TemplatePack

SampleName = Literal["sample", "sample-hard"]
SAMPLES: tuple[SampleName, ...] = ("sample", "sample-hard")


def sample_face(pack: TemplatePack, name: SampleName = "sample") -> Face:
    """A complete face made from one of the pack's samples.

    Raises:
        PackInvalidError: the sample lacks a line or can't be read.
    """
    try:
        lines = json.loads(pack.read_text(f"{name}.json"))
    except ValueError as error:
        raise PackInvalidError(pack=pack.code, reason="sample", detail=name) from error
    return face_from_lines(pack, lines, named=name)


def face_from_lines(pack: TemplatePack, lines: Mapping[str, Any], *, named: str) -> Face:
    """A complete face made from lines in the form of a sample.

    Raises:
        PackInvalidError: a line is missing or can't be read; `named` says which sample.
    """
    try:
        lines = dict(lines)
        lines["extracted_at"] = datetime.fromisoformat(lines["extracted_at"])
        lines["valid_until"] = date.fromisoformat(lines["valid_until"])
        twin = rfc8785.dumps({"schema": pack.schema["$id"], "fields": lines["fields"]})
        return Face(**lines, twin=twin, metadata=_metadata(pack, lines))
    except (ValueError, KeyError, TypeError) as error:
        raise PackInvalidError(pack=pack.code, reason="sample", detail=named) from error


def _metadata(pack: TemplatePack, lines: dict[str, Any]) -> dict[str, str]:
    return {
        "certificateName": pack.title.zh,
        "certificateIdentifier": lines["identifier"],
        "certificateIssuingAuthorityName": lines["producing_unit"],
        "certificateCopyCause": lines["purpose"],
        "certificateCopyCreationTime": f"{lines['extracted_at']:%Y%m%d%H%M%S}",
        "certificateCopyExpiringTime": f"{lines['valid_until']:%Y%m%d}",
    }
