"""Numbers for the objects that a revision adds, without reading those that there are.

The library gives out a number only after it has read every object of the file, 2 KB each. So a new
object is referred to by a name that occurs nowhere else, until the text that holds it is written.
"""

import re
from collections.abc import Iterable

import pikepdf
from pikepdf import Name


class NewObjects:
    """The objects that one revision adds."""

    def __init__(self, pdf: pikepdf.Pdf, texts: Iterable[bytes]) -> None:
        """Begin after the last object.

        Args:
            pdf: A plain file, opened: its /Size is one more than its highest number.
            texts: What the references will be laid into.
        """
        self._next = int(pdf.trailer.Size)
        self._mark = b"/New"
        existing = list(texts)
        while any(self._mark in text for text in existing):
            self._mark += b"x"

    def make(self) -> tuple[int, pikepdf.Object]:
        """The number of one more, and what stands for a reference to it."""
        number = self._next
        self._next += 1
        return number, Name(f"{self._mark.decode('ascii')}{number}")

    def refer(self, text: bytes) -> bytes:
        """The text with its references."""
        return re.sub(re.escape(self._mark) + rb"(\d+)", rb"\1 0 R", text)
