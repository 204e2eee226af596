"""The images of seals, drawn once for each version of a seal and process.

- An image is known by what it is drawn from; the seal's key and certificates are no part of it.
- One image is drawn at a time, so that a crowd of visitors costs one drawing and its memory.
- Only the last used ones are kept; what cannot be drawn is tried again.
"""

import hashlib
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from certsvc.sealing.register.records import Seal
from signing.images.drawings import SealImage
from signing.images.seal_images import round_seal
from signing.images.uploaded_images import seal_image_from_file

MOST_KEPT = 128
"""A county has some ten seals in a few versions each; an image takes some 100 kB."""


class SealPictures:
    """Cache of the images drawn by this process; thread-safe."""

    def __init__(self, *, rim_font: Path, most: int = MOST_KEPT) -> None:
        self._rim_font = rim_font
        self._most = most
        self._kept: OrderedDict[str, SealImage] = OrderedDict()
        self._drawing, self._looking = Lock(), Lock()
        self.drawn = 0
        """How many images were drawn so far."""

    def get(self, seal: Seal) -> SealImage:
        """Return a seal's image, drawn from its words or read from the uploaded one.

        Raises:
            SealImageError: the font lacks a character, or the words do not fit.
            UploadedImageError: the uploaded image cannot be used.
        """
        entry = entry_digest(seal)
        image = self._find(entry)
        if image is None:
            with self._drawing:
                # A thread that waited finds the image that another one drew.
                image = self._find(entry) or self._keep(entry, self._draw(seal))
        return image

    def _find(self, entry: str) -> SealImage | None:
        with self._looking:
            image = self._kept.get(entry)
            if image is not None:
                self._kept.move_to_end(entry)
            return image

    def _keep(self, entry: str, image: SealImage) -> SealImage:
        with self._looking:
            self._kept[entry] = image
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return image

    def _draw(self, seal: Seal) -> SealImage:
        self.drawn += 1
        if seal.uploaded_image is not None:
            return seal_image_from_file(seal.uploaded_image, seal.diameter_mm)
        return round_seal(
            text_around=seal.rim_text,
            bottom_text=seal.bottom_text,
            second_line=seal.second_line,
            rim_number=seal.rim_number,
            star=seal.has_star,
            diameter_mm=seal.diameter_mm,
            font_path=self._rim_font,
        )


def entry_digest(seal: Seal, *more: object) -> str:
    """Return the digest of everything that a seal's image depends on, and of further values."""
    entry = (
        *more,
        seal.rim_text,
        seal.bottom_text,
        seal.second_line,
        seal.rim_number,
        seal.has_star,
        seal.uploaded_image,
        seal.diameter_mm,
    )
    return hashlib.sha256(repr(entry).encode()).hexdigest()
