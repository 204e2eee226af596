"""Attributes of a page that it may have from the nodes above it (ISO 32000-1 7.7.3.4)."""

import pikepdf

from signing.errors import InputNotPdfError

_DEPTH_LIMIT = 64


def inherited(page: pikepdf.Object, name: str) -> pikepdf.Object | int | None:
    """An inheritable attribute: the page's own, or that of the nearest node above it.

    Raises:
        InputNotPdfError: The page tree is too deep to be sound.
    """
    node: pikepdf.Object | None = page
    for _ in range(_DEPTH_LIMIT):
        if node is None:
            return None
        if name in node:
            value: pikepdf.Object | int = node[name]
            return value
        node = node.get("/Parent")
    raise InputNotPdfError
