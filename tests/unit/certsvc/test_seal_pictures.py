"""A seal's image is drawn once for each version and process, whoever and however many ask."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from certsvc.sealing.register.pictures import SealPictures, entry_digest
from certsvc.sealing.register.records import Seal
from signing.errors import SealImageError
from signing.images.glyph_outlines import outline_font
from tests.support.seals import seal_font


def seal(rim_text: str = "示范市公安局", **entries: object) -> Seal:
    values: dict[str, object] = {
        "rim_text": rim_text,
        "bottom_text": "证明专用章",
        "second_line": "",
        "rim_number": "",
        "has_star": True,
        "uploaded_image": None,
        "diameter_mm": 42.0,
    }
    return Seal(**(values | entries))


def test_many_at_once_cost_one_drawing() -> None:
    pictures = SealPictures(rim_font=seal_font())
    with ThreadPoolExecutor(8) as threads:
        images = list(threads.map(lambda _: pictures.get(seal()), range(24)))
    assert pictures.drawn == 1
    assert len({id(image) for image in images}) == 1
    assert images[0].to_svg() is images[1].to_svg()


def test_another_version_is_drawn_for_itself_and_the_oldest_forgotten() -> None:
    pictures = SealPictures(rim_font=seal_font(), most=2)
    first = pictures.get(seal())
    assert pictures.get(seal(diameter_mm=40.0)).width_mm == 40.0
    assert pictures.get(seal()) is first
    pictures.get(seal(bottom_text="业务专用章"))
    assert pictures.get(seal()) is first
    assert pictures.drawn == 3
    pictures.get(seal(diameter_mm=40.0))
    assert pictures.drawn == 4


def test_the_key_and_its_certificates_are_no_part_of_an_image() -> None:
    pictures = SealPictures(rim_font=seal_font())
    assert pictures.get(seal(key_uri="file:a")) is pictures.get(seal(key_uri="file:b"))


def test_what_cannot_be_drawn_is_tried_again() -> None:
    pictures = SealPictures(rim_font=seal_font())
    for _ in range(2):
        with pytest.raises(SealImageError):
            pictures.get(seal("\U0010ffff"))
    assert pictures.drawn == 2


def test_a_font_is_opened_once() -> None:
    assert outline_font(seal_font()) is outline_font(seal_font())


@pytest.mark.parametrize(
    "changed",
    [
        {"rim_text": "示范市民政局"},
        {"bottom_text": "业务专用章"},
        {"second_line": "一"},
        {"rim_number": "1"},
        {"has_star": False},
        {"uploaded_image": b"<svg/>"},
        {"diameter_mm": 40.0},
    ],
)
def test_whatever_an_image_is_drawn_from_is_part_of_its_entry(changed: dict[str, object]) -> None:
    assert entry_digest(seal(**changed)) != entry_digest(seal())
    assert entry_digest(seal(**changed), "key") != entry_digest(seal(), "key")
    assert entry_digest(seal(), "key") != entry_digest(seal(), "other key") != entry_digest(seal())
