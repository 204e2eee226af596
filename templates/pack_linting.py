"""Linting a pack before it is put into force.

1. It loads: every file is there, `pack.toml` and the schema can be read.
2. Facts and schema are sound by themselves (`linting_facts`).
3. Both samples, the ordinary and the hardest, render as PDF/A-3a and PDF/UA-1, have every glyph,
   a readable code, every value printed, and nothing but unit and date under the seal.
4. Every field of the schema is on the paper, and the layout needs none that may be left out
   (`linting_fields`).
5. The text of the ordinary sample is what the pack says it is.

Conformance is held by the layout engine's refusal to write anything else, and by our own checks of
the file; a judge of its own (veraPDF) is not needed at run time and judges every pack in the tests.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from templates.checking import check_rendered
from templates.checking_content import page_texts
from templates.defects import Finding, PackDefect
from templates.errors import (
    FieldsInvalidError,
    GlyphMissingError,
    PackInvalidError,
    PackUnsoundError,
    RenderingFailedError,
    RenderingRejectedError,
    TemplateError,
)
from templates.face import Face
from templates.linting_facts import lint_facts
from templates.linting_fields import lint_fields
from templates.linting_slot import lint_slot
from templates.pack_checking import text_of
from templates.packs import TemplatePack, load_pack
from templates.rendering import RenderedDocument, Renderer
from templates.samples import SAMPLES, SampleName, sample_face

_KEY_MISSING = re.compile(r'dictionary does not contain key "([^"]+)"')
_OF_CONFORMANCE = frozenset({"claims", "metadata", "fonts", "revision", "readable"})


def lint_folder(folder: Path, renderer: Renderer) -> tuple[TemplatePack | None, list[Finding]]:
    """Read the pack in a folder and lint it; None where it cannot even be read."""
    try:
        pack = load_pack(folder)
    except PackInvalidError as error:
        detail, why = str(error.params["detail"]), str(error.params["reason"])
        file = detail if why == "file-missing" else _FILE_OF.get(why, "pack.toml")
        return None, [
            Finding(defect=PackDefect.UNUSABLE, file=file, params={"why": why, "detail": detail})
        ]
    return pack, found_in(pack, renderer)


_FILE_OF = {"schema": "schema.json", "fetches": "layout.typ"}


def require_sound(pack: TemplatePack, renderer: Renderer) -> None:
    """Accept a pack without a defect.

    Raises:
        PackUnsoundError: names the first defect and says how many there are.
    """
    findings = found_in(pack, renderer)
    if findings:
        raise PackUnsoundError(
            pack=pack.code, count=len(findings), first=findings[0].code, file=findings[0].file
        )


def found_in(pack: TemplatePack, renderer: Renderer) -> list[Finding]:
    """Return every defect of a pack, each once, though both samples may show it."""
    distinct: list[Finding] = []
    for finding in lint_pack(pack, renderer):
        if finding not in distinct:
            distinct.append(finding)
    return distinct


def lint_pack(pack: TemplatePack, renderer: Renderer) -> Iterator[Finding]:
    """Yield the defects of a pack as they are found."""
    yield from lint_facts(pack)
    faces: list[Face] = []
    for name in SAMPLES:
        face, document, findings = _draw(pack, name, renderer)
        yield from findings
        if face is None or document is None:
            continue
        faces.append(face)
        yield from lint_slot(document, face)
        if name == "sample":
            yield from _lint_text(pack, document)
    if len(faces) == len(SAMPLES):
        yield from lint_fields(pack, faces, renderer)


def _draw(
    pack: TemplatePack, name: SampleName, renderer: Renderer
) -> tuple[Face | None, RenderedDocument | None, list[Finding]]:
    file = f"{name}.json"
    try:
        face = sample_face(pack, name)
        document = renderer.render(pack, face)
    except (PackInvalidError, FieldsInvalidError) as error:
        params = {"field": str(error.params.get("field", name))}
        return None, None, [Finding(defect=PackDefect.SAMPLE_INVALID, file=file, params=params)]
    except GlyphMissingError as error:
        params = {"message": str(error.params["characters"])}
        return None, None, [Finding(defect=PackDefect.GLYPH_MISSING, file=file, params=params)]
    except RenderingFailedError as error:
        return None, None, [_of_refusal(str(error.params["reason"]))]
    try:
        check_rendered(document.pdf, face, pack)
        renderer.check_drawn(page_texts(document.pdf))
    except GlyphMissingError as error:
        params = {"message": str(error.params["characters"])}
        return (
            face,
            document,
            [Finding(defect=PackDefect.GLYPH_MISSING, file="layout.typ", params=params)],
        )
    except RenderingRejectedError as error:
        return face, document, [_of_rejection(error)]
    return face, document, []


def _of_refusal(message: str) -> Finding:
    """Tell what a refusal of the layout engine means."""
    params, defect = {"message": message}, PackDefect.NOT_RENDERED
    missing = _KEY_MISSING.search(message)
    if message == "seal-slot":
        defect = PackDefect.SEAL_SLOT_MISSING
    elif missing:
        defect, params = PackDefect.FIELD_UNKNOWN, {"field": missing[1]}
    elif "could not be displayed with" in message:
        defect = PackDefect.GLYPH_MISSING
    elif "PDF/" in message:
        defect = PackDefect.NOT_CONFORMING
    return Finding(defect=defect, file="layout.typ", params=params)


def _of_rejection(error: TemplateError) -> Finding:
    check, detail = str(error.params["check"]), str(error.params["detail"])
    params, defect = {"check": check, "message": detail}, PackDefect.CHECK_FAILED
    if check == "qr":
        defect, params = PackDefect.QR_UNREADABLE, {}
    elif check == "text" and detail.startswith("fields."):
        defect, params = PackDefect.FIELD_UNUSED, {"field": detail.removeprefix("fields.")}
    elif check in _OF_CONFORMANCE:
        defect, params = PackDefect.NOT_CONFORMING, {"message": f"{check}: {detail}"}
    return Finding(defect=defect, file="layout.typ", params=params)


def _lint_text(pack: TemplatePack, document: RenderedDocument) -> Iterator[Finding]:
    seen, wanted = text_of(document).splitlines(), pack.read_text("expected.txt").splitlines()
    if seen == wanted:
        return
    pairs = zip(seen, wanted, strict=False)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), None)
    line = same if same is not None else min(len(seen), len(wanted))
    yield Finding(defect=PackDefect.TEXT_DIFFERS, file="expected.txt", params={"line": line + 1})
