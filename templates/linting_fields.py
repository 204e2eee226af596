"""Lint of the schema against the layout, by drawing: what is set is what the schema names.

- A field counts as used when a mark put in its place is read on the paper again.
- A field that may be left out is left out once; the layout must not need it.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from templates.checking_content import drawn_texts, page_texts, squeezed
from templates.defects import Finding, PackDefect
from templates.errors import RenderingFailedError
from templates.face import Face
from templates.linting_facts import objects_of
from templates.packs import TemplatePack
from templates.printed import printed_face
from templates.rendering import Renderer

MARK = "囍囍"
"""Stands in no sample; two letters fit the narrowest column."""


def lint_fields(
    pack: TemplatePack, samples: Sequence[Face], renderer: Renderer
) -> Iterator[Finding]:
    """Put a mark in the place of every field, one after the other, and look for it.

    Args:
        pack: The pack.
        samples: Faces that render, the quickest first.
        renderer: The layout engine.
    """
    papers = [(face, printed_face(face, pack)) for face in samples]
    for path, schema in objects_of(pack.schema):
        for name, content in schema.get("properties", {}).items():
            inner = f"{path}.{name}".lstrip(".")
            if not _is_inner(content):
                yield from _unless_printed(pack, inner, papers, renderer)
            if name not in schema.get("required", ()):
                yield from _if_needed(pack, inner, papers, renderer)


def _is_inner(content: Mapping[str, Any]) -> bool:
    """Objects and tables are judged by what is inside of them."""
    return "properties" in content or "properties" in content.get("items", {})


def _unless_printed(
    pack: TemplatePack,
    field: str,
    papers: Sequence[tuple[Face, dict[str, Any]]],
    renderer: Renderer,
) -> Iterator[Finding]:
    for face, printed in papers:
        marked = copy.deepcopy(printed)
        places = list(_places(marked["fields"], field.split(".")))
        if not places:
            continue
        holder, name = places[0]
        holder[name] = [MARK] if isinstance(holder[name], list) else MARK
        if not _is_read(pack, face, marked, renderer):
            yield Finding(
                defect=PackDefect.FIELD_UNUSED, file="layout.typ", params={"field": field}
            )
        return
    yield Finding(
        defect=PackDefect.FIELD_NOT_IN_SAMPLES, file="sample-hard.json", params={"field": field}
    )


def _is_read(pack: TemplatePack, face: Face, marked: dict[str, Any], renderer: Renderer) -> bool:
    try:
        document = renderer.set_printed(pack, face, marked)
    except RenderingFailedError:
        # The layout reckons with the value, so it uses it.
        return True
    return any(MARK in squeezed("".join(read(document))) for read in (page_texts, drawn_texts))


def _if_needed(
    pack: TemplatePack,
    field: str,
    papers: Sequence[tuple[Face, dict[str, Any]]],
    renderer: Renderer,
) -> Iterator[Finding]:
    for face, printed in papers:
        without = copy.deepcopy(printed)
        places = list(_places(without["fields"], field.split(".")))
        for holder, name in places:
            del holder[name]
        if not places:
            continue
        try:
            renderer.set_printed(pack, face, without)
        except RenderingFailedError:
            yield Finding(
                defect=PackDefect.FIELD_NEEDED, file="layout.typ", params={"field": field}
            )
        return


def _places(values: Any, path: Sequence[str]) -> Iterator[tuple[dict[str, Any], str]]:  # noqa: ANN401  JSON
    """Yield every object that holds the field of a path, and the field's name."""
    if isinstance(values, list):
        for row in values:
            yield from _places(row, path)
    elif isinstance(values, dict):
        name = path[0].removesuffix("[]")
        if name not in values:
            return
        if len(path) == 1:
            yield values, name
        else:
            yield from _places(values[name], path[1:])
