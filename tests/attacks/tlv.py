"""A tree of DER elements that can be changed anywhere and written with lengths that fit again."""

from dataclasses import dataclass, field
from typing import Self

from signing.cms.der import tlv

_CONSTRUCTED, _LONG = 0x20, 0x80


@dataclass(kw_only=True)
class Element:
    """One element: its octets, or the elements inside."""

    tag: int
    value: bytes = b""
    children: list[Self] = field(default_factory=list)

    @classmethod
    def parse(cls, encoded: bytes) -> Self:
        """Read one element; what follows it is left out."""
        return cls._read(encoded, 0)[0]

    @classmethod
    def _read(cls, encoded: bytes, at: int) -> tuple[Self, int]:
        tag, first, start = encoded[at], encoded[at + 1], at + 2
        size = first
        if first >= _LONG:
            start += first - _LONG
            size = int.from_bytes(encoded[at + 2 : start])
        end = start + size
        if not tag & _CONSTRUCTED:
            return cls(tag=tag, value=encoded[start:end]), end
        children = []
        while start < end:
            child, start = cls._read(encoded, start)
            children.append(child)
        return cls(tag=tag, children=children), end

    def encode(self) -> bytes:
        """Written again, lengths and all."""
        return tlv(self.tag, self.value, *(child.encode() for child in self.children))

    def walk(self) -> list[Self]:
        """This element and all inside it."""
        return [self, *(inner for child in self.children for inner in child.walk())]
