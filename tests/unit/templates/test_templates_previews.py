"""Previews: every page, and the mark on each."""

import io

from PIL import Image

from templates.previews import PreviewText, preview_picture
from tests.packs.papers import pack_of, rendered, renderer, sample


def test_every_page_is_shown_and_marked() -> None:
    face = sample("household", "sample-hard")
    shown = preview_picture(
        renderer(),
        pack_of("household"),
        PreviewText(
            fields=face.fields,
            producing_unit=face.producing_unit,
            extracting_unit=face.extracting_unit,
            matter=face.matter,
            purpose=face.purpose,
            at=face.extracted_at,
            valid_until=face.valid_until,
        ),
    )
    assert len(shown.pngs) == rendered("household", "sample-hard").page_count == 3
    for png in shown.pngs:
        page = Image.open(io.BytesIO(png)).convert("RGB")
        counted = page.getcolors(maxcolors=1 << 20) or []
        red = sum(count for count, (r, g, b) in counted if r > g + 40 and r > b + 40)
        assert red > 0.02 * page.width * page.height
    assert sum(map(len, shown.pngs)) < 150_000 * len(shown.pngs)
