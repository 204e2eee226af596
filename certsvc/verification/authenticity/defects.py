"""Programming errors in a step are logged as defects and never become a verdict on the file."""

import logging
from collections.abc import Callable

from certsvc.foundation.errors import CertsvcError
from certsvc.verification.authenticity.rules import check
from signing.report import Check, Outcome

LOG = logging.getLogger("certsvc.verification.authenticity")
DEFECT = "defect"
"""Reason of a step that ended in a defect: not passed, and not failed."""


def guarded(name: str, step: Callable[[], Check]) -> Check:
    """Run a step; unexpected errors are logged, and the answer is at best undecided.

    Raises:
        CertsvcError: what the service foresees, such as a database that is out of reach.
    """
    try:
        return step()
    except CertsvcError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is
        # Only the kind: a message may quote the file, which is somebody's own.
        LOG.error("step %s ended in %s", name, type(error).__name__)  # noqa: TRY400  see above
        return check(name, Outcome.FAILED, DEFECT)
