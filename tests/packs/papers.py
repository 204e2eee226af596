"""The packs of the tree, rendered with the fonts of the tree; one warm engine for each worker."""

import os
from functools import cache
from pathlib import Path

from templates.face import Face
from templates.fonts import FontFolder
from templates.packs import PackLibrary, TemplatePack
from templates.rendering import RenderedDocument, Renderer
from templates.samples import SampleName, sample_face

ROOT = Path(__file__).parents[2]
PACKS = ROOT / "templates" / "packs"
FONTS = Path(os.environ.get("CERTSVC_FONTS_DIR") or ROOT / "var" / "fonts")

CODES = tuple(sorted(path.parent.name for path in PACKS.glob("*/pack.toml")))


@cache
def fonts() -> FontFolder:
    return FontFolder(FONTS)


@cache
def renderer() -> Renderer:
    return Renderer(fonts())


@cache
def library() -> PackLibrary:
    return PackLibrary(PACKS)


def pack_of(code: str) -> TemplatePack:
    return library().get(code)


@cache
def sample(code: str, name: SampleName = "sample") -> Face:
    return sample_face(pack_of(code), name)


@cache
def rendered(code: str, name: SampleName = "sample") -> RenderedDocument:
    return renderer().render(pack_of(code), sample(code, name))
