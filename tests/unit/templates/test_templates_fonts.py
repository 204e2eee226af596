"""Which characters can be printed, and how missing ones are named."""

from pathlib import Path

import pytest

from templates.errors import FontsMissingError, GlyphMissingError
from templates.fonts import FILES, FontFolder
from tests.packs.papers import FONTS, fonts

RARE = "㛃𬭎䶮𫖯𠅤𪚥買〇·ＡéłØñźĐ"


def test_names_up_to_level_three_are_covered() -> None:
    fonts().check_coverage([RARE])
    assert len(fonts().coverage) > 100_000


@pytest.mark.parametrize("character", ["😀", "🀄", "ก", "\U0001f468"])
def test_a_character_without_glyph_is_named(character: str) -> None:
    with pytest.raises(GlyphMissingError) as caught:
        fonts().check_coverage(["青禾", f"云{character}岭", character])
    assert caught.value.params["characters"] == f"{character} U+{ord(character):04X}"


def test_many_missing_characters_are_cut_short() -> None:
    text = "".join(chr(point) for point in range(0x1F600, 0x1F620))
    with pytest.raises(GlyphMissingError) as caught:
        fonts().check_coverage([text])
    assert str(caught.value.params["characters"]).count("U+") == 10


def test_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "HanaMinA.ttf").write_bytes(b"")
    with pytest.raises(FontsMissingError) as caught:
        FontFolder(tmp_path)
    assert caught.value.params["folder"] == str(tmp_path)
    assert "FandolFang-Regular.otf" in str(caught.value.params["files"])
    assert "HanaMinA.ttf" not in str(caught.value.params["files"])


def test_a_broken_font_file_is_named(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).symlink_to(FONTS / name)
    (tmp_path / "HanaMinB.ttf").unlink()
    (tmp_path / "HanaMinB.ttf").write_bytes(b"no font")
    with pytest.raises(FontsMissingError, match=r"HanaMinB\.ttf"):
        FontFolder(tmp_path).check_coverage(["青"])
