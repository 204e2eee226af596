"""How large a document may be: one set of limits, for sealing and for validating.

* What is sealed here can be validated here: a document to be sealed is held to the smaller
  numbers, which leave room for the seal and for archive revisions of decades.
* 300 pages of a dense tagged table by a browser have some 255,000 objects in 45 MB.
* Everything is counted, so that the answer is the same on every machine and under any load.
"""

SIZE_LIMIT = 64 << 20
"""Bytes of a file that is validated; larger ones are not looked at."""

OBJECT_LIMIT = 330_000
"""Objects of a file that is validated, all revisions together."""

PAGE_LIMIT = 2_000
"""Pages of a file, when sealing and when validating."""

INPUT_SIZE_LIMIT = 56 << 20
"""Bytes of a document that may be sealed."""

INPUT_OBJECT_LIMIT = 320_000
"""Objects of a document that may be sealed."""
