"""The form of a decision on a proposal; each area gives it its own labels."""

from typing import Annotated

from api.web.forms.fields import HIDDEN, text
from api.web.forms.form import Form
from certsvc.foundation.approvals.rules import OUTCOME_OF, REASON_MAX_LENGTH, Decision, Verb


class DecidingForm(Form):
    """What somebody decides on a proposal, as the pressed button says."""

    shown: Annotated[str, HIDDEN] = ""
    decision: Annotated[Verb, HIDDEN]
    reason: Annotated[
        str, text("page.change.decision-reason", longest=REASON_MAX_LENGTH, asked=True)
    ] = ""

    def as_decision(self) -> Decision:
        """Return it as services take it."""
        return Decision(outcome=OUTCOME_OF[self.decision], reason=self.reason, shown=self.shown)
