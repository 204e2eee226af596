"""Reads the rows of a workbook's sheet in a separate process with limits."""

from certsvc.foundation.tables.workbook_process import WorkbookCostsTooMuchError, read_apart


class WorkbookUnreadableError(Exception):
    """The workbook cannot be used; internal to this area."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault
        """Why: `not-a-workbook`, `sheet-missing`, `number-cut` or `too-large`."""


def read_workbook(content: bytes, sheet: str | None) -> list[list[str]]:
    """Return the rows of a sheet, the first one if none is named.

    Raises:
        WorkbookUnreadableError: it is none, lacks the sheet, or would cost too much to read.
    """
    try:
        answer = read_apart("certsvc.evidence.sources.workbook_reader", content, sheet or "")
    except WorkbookCostsTooMuchError as error:
        raise WorkbookUnreadableError("too-large") from error
    if "rows" not in answer:
        raise WorkbookUnreadableError(str(answer["fault"]))
    rows: list[list[str]] = answer["rows"]
    return rows
