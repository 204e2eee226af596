"""A new pack from a working skeleton.

- The new pack passes every lint right away; what its author changes, they change from there.
- Nothing that is there is overwritten.
- A folder that has no letterhead yet gets a copy of the shared one: packs can be made anywhere.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from templates.errors import PackCodeError, PackExistsError, PackFolderError
from templates.pack_checking import sample_text
from templates.pack_files import HOUSE
from templates.packs import TemplatePack, Wording, load_pack
from templates.rendering import Renderer

SKELETON = Path(__file__).parent / "skeleton"
PACKS = Path(__file__).parent / "packs"
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_CODE = 60
_PLACE = re.compile(r"@(\w+)@")


@dataclass(frozen=True, kw_only=True)
class NewPack:
    """Parameters of a new pack."""

    code: str
    """Short name, also of its folder and its certificate type: `household-registration`."""
    title: Wording
    """Printed title, and its English name."""
    legal_basis: tuple[str, ...]
    """The rules it rests on, in 《》."""
    validity_days: int
    """How many days a copy may be used."""


def make_pack(new: NewPack, parent: Path, renderer: Renderer) -> TemplatePack:
    """Write a new pack's folder and return the pack; its expected text is that of its sample.

    Raises:
        PackCodeError: the code is none.
        PackExistsError: there is something under this name.
        PackFolderError: the folder cannot be written.
        TemplateError: the pack does not load or render, a title with a character that no font has,
            say; the folder is taken away again.
    """
    if not _CODE.fullmatch(new.code) or len(new.code) > _LONGEST_CODE:
        raise PackCodeError(pack=new.code)
    folder = parent / new.code
    if folder.exists():
        raise PackExistsError(pack=new.code, folder=str(folder))
    try:
        folder.mkdir(parents=True)
        if not (parent / HOUSE).exists():
            shutil.copytree(PACKS / HOUSE, parent / HOUSE)
        for path in sorted(SKELETON.iterdir()):
            (folder / path.name).write_text(_filled(path.read_text("utf-8"), new), "utf-8")
        (folder / "expected.txt").write_text("", "utf-8")
        return accept_text(folder, renderer)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise PackFolderError(folder=str(folder)) from error
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def accept_text(folder: Path, renderer: Renderer) -> TemplatePack:
    """Write what the ordinary sample says now into `expected.txt`; the caller has read it.

    Raises:
        TemplateError: the pack does not load or render.
        PackFolderError: the file cannot be written.
    """
    text = sample_text(load_pack(folder), renderer)
    try:
        (folder / "expected.txt").write_text(text, "utf-8")
    except OSError as error:
        raise PackFolderError(folder=str(folder)) from error
    return load_pack(folder)


def _filled(text: str, new: NewPack) -> str:
    values = {
        "code": new.code,
        "title_zh": _quoted(new.title.zh),
        "title_en": _quoted(new.title.en),
        "legal_basis": ", ".join(map(_quoted, new.legal_basis)),
        "validity_days": str(new.validity_days),
    }
    return _PLACE.sub(lambda place: values[place[1]], text)


def _quoted(text: str) -> str:
    """A string that JSON and TOML read alike."""
    return json.dumps(text, ensure_ascii=False)
