"""Run the steps of a validation and write down how each ended.

* A step returns its evidence, or raises :class:`StepFailedError`, or
  :class:`StepNotPossibleError` where it lacks what it needs, or :class:`StepUnfinishedError` where
  a limit of ours ends it.
* Hostile input makes parsers raise anything: that is turned into one of these where the parser is
  called (:func:`parsing`), and nowhere else.
* Any other exception is a defect of ours (:mod:`signing.defects`). It is no answer about the file:
  logged, not finished, INDETERMINATE; never a crash, a pass or an accusation.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from signing.defects import log_defect
from signing.parser_errors import PARSER_ERRORS, let_mistake_pass
from signing.report import Check, Outcome, Param, SubIndication

Evidence = Mapping[str, Param]

DEFECT = "validation.defect"
"""Code of every step that a defect of ours ended; the step's name stands beside it."""


class StepFailedError(Exception):
    """A step came to a negative answer."""

    def __init__(self, reason: str, sub_indication: SubIndication, **evidence: Param) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sub_indication = sub_indication
        self.evidence = evidence


def format_failure(reason: str, **evidence: Param) -> StepFailedError:
    """Return the negative answer that the file or a part of it has not the form it must have."""
    return StepFailedError(reason, SubIndication.FORMAT_FAILURE, **evidence)


class StepNotPossibleError(Exception):
    """A step lacks what it needs for an answer of either kind."""

    def __init__(self, reason: str, **evidence: Param) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence


class StepUnfinishedError(Exception):
    """A step ended before its answer, for a limit of ours: the verdict is INDETERMINATE."""

    def __init__(self, reason: str, **evidence: Param) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence


@contextmanager
def parsing(
    reason: str = "unreadable", why: SubIndication = SubIndication.GENERIC
) -> Iterator[None]:
    """Around calls of a parsing library: what it raises is the file's fault.

    What a function of ours raises that is called inside is a defect, unless it says that the value
    is malformed (:mod:`signing.parser_errors`).

    Args:
        reason: The last part of the sentence's code.
        why: The sub-indication.

    Raises:
        StepFailedError: The library cannot read the value.
    """
    try:
        yield
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        raise StepFailedError(reason, why) from error


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

    def step(self, name: str, action: Callable[[], Evidence | Finding]) -> bool:
        """Run one step; whether it passed.

        Args:
            name: Its stable name.
            action: Does it.
        """
        try:
            found = action()
        except StepFailedError as failure:
            self._fail(name, failure.reason, failure.sub_indication, failure.evidence)
        except StepNotPossibleError as gap:
            self.not_checked(name, gap.reason, **gap.evidence)
        except StepUnfinishedError as end:
            self._unfinished(name, f"validation.{name}.{end.reason}", end.evidence)
        except Exception as error:  # noqa: BLE001  # see the module's last rule
            self.defect(name, error)
        else:
            if not isinstance(found, Finding):
                found = Finding(reason="passed", evidence=found)
            self._add(name, Outcome.PASSED, found.reason, found.evidence)
            return True
        return False

    def defect(self, name: str, error: Exception) -> None:
        """Write down that a step was ended by a defect of ours."""
        log_defect(name, error)
        self._unfinished(name, DEFECT, {})

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

    def _unfinished(self, name: str, code: str, evidence: Evidence) -> None:
        self.checks.append(
            Check(
                name=name,
                outcome=Outcome.NOT_CHECKED,
                code=code,
                params=dict(evidence),
                evidence=dict(evidence),
                sub_indication=SubIndication.GENERIC,
                seal=self._seal,
            )
        )

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
