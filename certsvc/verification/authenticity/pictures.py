"""Step `pictures`: what was added to a sealed file draws nothing, on any page, in any viewer.

- The file in hand and its sealed beginning are drawn, annotations and form fields included, on the
  screen and on paper; a single pixel that differs fails the step.
- What cannot be drawn or has too many pages is *not compared*, which is no accusation; a file that
  says it is ours is then no more than undecided.
- Only asked where something follows the sealed part; an unchanged file looks like itself.
"""

import re

from certsvc.verification.authenticity.defects import guarded
from certsvc.verification.authenticity.rules import check
from certsvc.verification.authenticity.twin import TWIN_NAME
from signing.pdf.attachments import read_attachment
from signing.report import Check, Outcome, SubIndication, ValidationReport
from templates.errors import PaperDiffersError, PicturesNotComparedError
from templates.page_pictures import require_same_look

PICTURES = "pictures"
"""Name of the step."""
ARCHIVAL = "validation.whole-file.archival"
"""Code of the validator's finding that nothing but an archive's revisions follows a seal."""
_RANGE = re.compile(
    rb"/ByteRange[\x00\t\n\f\r ]*\[[\x00\t\n\f\r ]*" + rb"(\d{1,12})[\s]+" * 3 + rb"(\d{1,12})"
)
_MOST_RANGES = 200
_TOO_LONG = "too-long"


def check_pictures(sealed: bytes, whole: bytes, *, is_claimed: bool) -> Check:
    """Compare how a file looks with how its sealed beginning looks, and the data attached to both.

    Args:
        sealed: The beginning that was sealed.
        whole: The file in hand.
        is_claimed: Whether the file says that it is ours, so that nothing may stay open.
    """
    return guarded(PICTURES, lambda: _compare(sealed, whole, is_claimed=is_claimed))


def _compare(sealed: bytes, whole: bytes, *, is_claimed: bool) -> Check:
    why = SubIndication.SIG_CONSTRAINTS_FAILURE
    if read_attachment(sealed, TWIN_NAME) != read_attachment(whole, TWIN_NAME):
        return check(PICTURES, Outcome.FAILED, "data", why=why)
    try:
        pages = require_same_look(sealed, whole)
    except PaperDiffersError as error:
        return check(PICTURES, Outcome.FAILED, str(error.params["part"]), error.params, why=why)
    except PicturesNotComparedError as error:
        if error.params["reason"] == _TOO_LONG:
            return not_compared(is_claimed=is_claimed)
        return check(PICTURES, Outcome.FAILED, "unreadable")
    return check(PICTURES, Outcome.PASSED, "same", {"pages": pages})


def not_compared(*, is_claimed: bool) -> Check:
    """Say that there is too much to compare: open for other people's files, not for our own."""
    return check(PICTURES, Outcome.FAILED if is_claimed else Outcome.NOT_CHECKED, _TOO_LONG)


def sealed_sizes(content: bytes, report: ValidationReport) -> list[int]:
    """Where the seals end that an archive's revisions follow, as the validator says; distinct.

    Each must be where a byte range of the file itself ends; 0 stands for one that is not, and
    nothing looks like a file of no bytes.
    """
    ends = _ends_of_ranges(content)
    sizes = {
        len(content) - int(step.evidence["extra"])
        for step in report.checks
        if step.code == ARCHIVAL and step.outcome is Outcome.PASSED
    }
    return sorted({size if size in ends else 0 for size in sizes})


def _ends_of_ranges(content: bytes) -> set[int]:
    found: set[int] = set()
    for number, match in enumerate(_RANGE.finditer(content)):
        if number == _MOST_RANGES:
            break
        found.add(int(match[3]) + int(match[4]))
    return found
