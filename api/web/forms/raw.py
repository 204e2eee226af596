"""A form as a browser sent it: texts and files, before anybody says what they mean."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile

from api.shared.errors import BodyMalformedError, MediaTypeUnsupportedError

KEPT, STAMP = "kept", "shown-to"
"""Fields of the toolkit itself: a whole form that was kept, and to whom a form was shown."""
KEPT_FILE = "kept-"
"""Before the name of the field of a file that comes back with the page."""
_TEXTS, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
_MOST_FIELDS, _MOST_FILES = 2000, 4
"""Every type and every unit of a county may be ticked."""
_LARGEST_FIELD = 9 << 20


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that somebody chose."""

    name: str
    """Name that it had."""
    content: bytes = field(repr=False)
    """What is in it."""

    def pack(self) -> bytes:
        """Write it down with its name."""
        return json.dumps([self.name]).encode() + b"\n" + self.content

    @classmethod
    def unpack(cls, packed: bytes) -> "Upload":
        """Read what `pack` wrote."""
        name, _, content = packed.partition(b"\n")
        return cls(name=json.loads(name)[0], content=content)


@dataclass(frozen=True, kw_only=True)
class RawForm:
    """What was sent."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Texts of each field, in the order they came."""
    files: Mapping[str, Upload] = field(default_factory=dict)
    """Files that were chosen."""

    def one(self, name: str) -> str:
        """Return the text of a field that has one at most; the last, if it came twice."""
        return (self.texts.get(name) or ("",))[-1]

    def pack(self, address: str) -> bytes:
        """Write the whole form down, with the address that it was sent to."""
        files = [
            [name, file.name, base64.b64encode(file.content).decode()]
            for name, file in self.files.items()
        ]
        texts = {name: texts for name, texts in self.texts.items() if name not in {KEPT, STAMP}}
        return json.dumps({"address": address, "texts": texts, "files": files}).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> tuple[str, "RawForm"]:
        """Read what `pack` wrote: the address, and the form."""
        value = json.loads(packed)
        return value["address"], cls(
            texts={name: tuple(texts) for name, texts in value["texts"].items()},
            files={
                field_name: Upload(name=name, content=base64.b64decode(content))
                for field_name, name, content in value["files"]
            },
        )


def raw_of_pairs(pairs: Iterable[tuple[str, str]]) -> RawForm:
    """Return the form that an address brings after its question mark."""
    texts: dict[str, tuple[str, ...]] = {}
    for name, text in pairs:
        texts[name] = (*texts.get(name, ()), text)
    return RawForm(texts=texts)


async def read_raw(request: Request) -> RawForm:
    """Read the form of a request.

    Raises:
        MediaTypeUnsupportedError: the body is no form.
        BodyMalformedError: it cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {_TEXTS, _PARTS}:
        raise MediaTypeUnsupportedError
    texts: dict[str, tuple[str, ...]] = {}
    files: dict[str, Upload] = {}
    try:
        async with request.form(
            max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_FIELD
        ) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    if content or value.filename:
                        files[name] = Upload(name=value.filename or "", content=content)
                else:
                    texts[name] = (*texts.get(name, ()), value.replace("\r\n", "\n"))
    except (LookupError, ValueError) as error:
        # A form whose Content-Type lacks its boundary or names no charset, or whose names are
        # not text.
        raise BodyMalformedError from error
    return RawForm(texts=texts, files=files)
