"""Sets papers of a dozen pages and tells its memory after each; see test_layout_memory.py.

Every paper says something else, since the layout engine sets nothing twice.
"""

import copy
import resource
from dataclasses import replace
from typing import Any

from templates.face import Face
from tests.packs.papers import pack_of, renderer, sample

PACK = "tax-payment"


def another(face: Face, number: int) -> Face:
    fields: dict[str, Any] = copy.deepcopy(dict(face.fields))
    for at, row in enumerate(fields["payments"]):
        row["voucher_number"] = f"3990{number:04d}{at:010d}"
    return replace(face, fields=fields)


def main() -> None:
    face = sample(PACK, "sample-hard")
    for number in range(6):
        renderer().render(pack_of(PACK), another(face, number))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
