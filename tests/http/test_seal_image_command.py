"""`certsvc seal-image`: a seal to look at, before anything is set up."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.support.command import run_command
from tests.support.seal_pictures import SVG, png, ring

_WORDS = ("--name", "示范区人民政府", "--purpose", "业务专用章", "--number", "3704020098765")


def _draw(folder: Path, name: str, *more: str) -> Path:
    out = folder / name
    answer = run_command(folder / "nowhere", "seal-image", "--out", str(out), *more)
    assert answer.code == 0, answer.err
    assert str(out) in answer.out
    return out


def test_the_three_kinds_of_file(tmp_path: Path) -> None:
    assert _draw(tmp_path, "seal.svg", *_WORDS).read_text().startswith('<svg xmlns="')
    with Image.open(_draw(tmp_path, "seal.png", *_WORDS)) as drawn:
        assert drawn.size == (497, 497)
        assert drawn.getpixel((250, 5)) == (215, 0, 15, 255)
    with pikepdf.open(BytesIO(_draw(tmp_path, "seal.pdf", *_WORDS).read_bytes())) as pdf:
        assert [float(side) for side in pdf.pages[0].mediabox[2:]] == pytest.approx([119.055] * 2)
    assert not (tmp_path / "nowhere").exists(), "nothing is set up"


def test_options_change_what_is_drawn(tmp_path: Path) -> None:
    plain = _draw(tmp_path, "a.svg", *_WORDS).read_text()
    for number, option in enumerate(
        (("--no-star",), ("--second-line", "（1）"), ("--width-mm", "45"))
    ):
        assert _draw(tmp_path, f"{number}.svg", *_WORDS, *option).read_text() != plain


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "in.svg").write_text(SVG)
    (tmp_path / "in.png").write_bytes(png(ring().convert("L")))
    own = ("--width-mm", "30", "--image")
    drawn = _draw(tmp_path, "a.svg", *own, str(tmp_path / "in.svg")).read_text()
    assert 'width="30mm" height="18mm"' in drawn
    assert "<image " in _draw(tmp_path, "b.svg", *own, str(tmp_path / "in.png")).read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "seal.gif", *_WORDS), "cli.out-kind"),
        (("--out", "seal.svg"), "cli.seal-image.nameless"),
        (("--out", "there.svg", *_WORDS), "cli.out-exists"),
        (("--out", "seal.svg", "--image", "none.svg"), "cli.file-missing"),
        (("--out", "seal.svg", "--image", "there.svg"), "signing.uploaded-image-unusable"),
        (("--out", "seal.svg", "--name", "长" * 60), "signing.seal-image-unusable"),
        (("--out", "seal.svg", *_WORDS, "--width-mm", "12"), "signing.seal-image-unusable"),
        (("--out", "seal.svg", *_WORDS, "--width-mm", "nan"), "signing.seal-image-unusable"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], code: str, language: str
) -> None:
    (tmp_path / "there.svg").write_text("no drawing")
    placed = [str(tmp_path / part) if part.endswith(("svg", "gif")) else part for part in arguments]
    answer = run_command(tmp_path, "--lang", language, "seal-image", *placed)
    assert answer.code == 1
    assert f"（{code}）" in answer.err or f"({code})" in answer.err
    assert "{" not in answer.err
    assert not (tmp_path / "seal.svg").exists()
