"""What viewers draw of the first page of a file, annotations and form fields included."""

import subprocess
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2

from tests.support.tools import require_tool

_SCALE = 0.25
_SCRIPT = """
for (var i = 0; i < +scriptArgs[1]; ++i) {
  try {
    var page = new Document(scriptArgs[0] + "/" + i + ".pdf").loadPage(0);
    var picture = new Pixmap(DeviceRGB, [0, 0, 150, 212], false);
    picture.clear(255);
    var device = new DrawDevice(Identity, picture);
    page.run(device, [0.25, 0, 0, 0.25, 0, 0]);
    device.close();
    picture.saveAsPNG(scriptArgs[0] + "/" + i + ".png", false);
  } catch (error) {}
}
"""


def by_pdfium(content: bytes) -> bytes | None:
    """As Chromium draws it; ``None`` if it opens no such file."""
    try:
        document = pypdfium2.PdfDocument(BytesIO(content))
        document.init_forms()
        page = document[0]
        return bytes(page.render(scale=_SCALE, draw_annots=True, may_draw_forms=True).buffer)
    except pypdfium2.PdfiumError:
        return None


def by_mupdf(files: Sequence[bytes]) -> list[bytes | None]:
    """As MuPDF draws them, all in one run of its program; ``None`` for what it does not open."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "draw.js").write_text(_SCRIPT, encoding="utf-8")
        for number, content in enumerate(files):
            (folder / f"{number}.pdf").write_bytes(content)
        subprocess.run(  # noqa: S603  # our own arguments
            [require_tool("mutool"), "run", folder / "draw.js", folder, str(len(files))],
            capture_output=True,
            check=True,
            timeout=120,
        )
        drawn = (folder / f"{number}.png" for number in range(len(files)))
        return [path.read_bytes() if path.exists() else None for path in drawn]
