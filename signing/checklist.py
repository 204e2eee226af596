"""Run the steps of a validation and write down how each ended.

* A step returns its evidence, or raises :class:`StepFailedError`, or
  :class:`StepNotPossibleError` where it lacks what it needs.
* Hostile input can make any parser raise anything: an unexpected exception is a failed step,
  never a crash and never a pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from signing.report import Check, Outcome, Param, SubIndication

Evidence = Mapping[str, Param]


class StepFailedError(Exception):
    """A step came to a negative answer."""

    def __init__(self, reason: str, sub_indication: SubIndication, **evidence: Param) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sub_indication = sub_indication
        self.evidence = evidence


class StepNotPossibleError(Exception):
    """A step lacks what it needs for an answer of either kind."""

    def __init__(self, reason: str, **evidence: Param) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The evidence of a step that passed in a way that has a sentence of its own."""

    reason: str
    """The last part of the sentence's code."""

    evidence: Evidence


class Checklist:
    """Collects the checks of one document or one seal."""

    def __init__(self, *, seal: int | None = None) -> None:
        self._seal = seal
        self.checks: list[Check] = []

    def step(
        self,
        name: str,
        action: Callable[[], Evidence | Finding],
        *,
        unreadable: SubIndication = SubIndication.GENERIC,
    ) -> bool:
        """Run one step; whether it passed.

        Args:
            name: Its stable name.
            action: Does it.
            unreadable: What an unexpected exception means.
        """
        try:
            found = action()
        except StepFailedError as failure:
            self._fail(name, failure.reason, failure.sub_indication, failure.evidence)
        except StepNotPossibleError as gap:
            self.not_checked(name, gap.reason, **gap.evidence)
        except (Exception, RecursionError):  # noqa: BLE001  # see the module's second rule
            self._fail(name, "unreadable", unreadable, {})
        else:
            if not isinstance(found, Finding):
                found = Finding(reason="passed", evidence=found)
            self._add(name, Outcome.PASSED, found.reason, found.evidence)
            return True
        return False

    def passed(self, name: str, reason: str, **evidence: Param) -> None:
        """Write down that a step passed, and how."""
        self._add(name, Outcome.PASSED, reason, evidence)

    def not_checked(self, name: str, reason: str, **evidence: Param) -> None:
        """Write down that a step was not done, and why."""
        self._add(name, Outcome.NOT_CHECKED, reason, evidence)

    def not_reached(self, *names: str) -> None:
        """Write down steps that depend on one that failed."""
        for name in names:
            self.not_checked(name, "not-reached")

    def _fail(self, name: str, reason: str, why: SubIndication, evidence: Evidence) -> None:
        self._add(name, Outcome.FAILED, reason, evidence, why)

    def _add(
        self,
        name: str,
        outcome: Outcome,
        reason: str,
        evidence: Evidence,
        why: SubIndication | None = None,
    ) -> None:
        self.checks.append(
            Check(
                name=name,
                outcome=outcome,
                code=f"validation.{name}.{reason}",
                params=dict(evidence),
                evidence=dict(evidence),
                sub_indication=why,
                seal=self._seal,
            )
        )
