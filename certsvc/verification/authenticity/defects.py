"""A fault of ours in a step is a defect of ours, never a verdict about somebody's file."""

import logging
from collections.abc import Callable

from certsvc.foundation.errors import CertsvcError
from certsvc.verification.authenticity.rules import check
from signing.report import Check, Outcome

LOG = logging.getLogger("certsvc.verification.authenticity")
DEFECT = "defect"
"""Reason of a step that ended in one; such a step did not pass, and accuses nobody."""


def guarded(name: str, step: Callable[[], Check]) -> Check:
    """Do a step; what nobody foresaw is logged, and the answer is no better than undecided.

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
