"""Reads the rows of a batch's workbook in a separate process with limits."""

from collections.abc import Iterator, Sequence

from certsvc.certificates.batches.errors import BatchFileTooLargeError, BatchFileUnreadableError
from certsvc.certificates.batches.rules import MOST_UNFOLDED_BYTES
from certsvc.foundation.tables.workbook_process import WorkbookCostsTooMuchError, read_apart


def read_workbook(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield number and cells of each row of the first sheet.

    Raises:
        BatchFileTooLargeError: it unfolds to more than is taken.
        BatchFileUnreadableError: it is no workbook, is locked, or has formulas or merged cells.
    """
    try:
        answer = read_apart("certsvc.certificates.batches.workbook_reader", content)
    except WorkbookCostsTooMuchError as error:
        maximum = MOST_UNFOLDED_BYTES >> 20
        raise BatchFileTooLargeError(reason="unfolded", maximum=maximum) from error
    if "too_large" in answer:
        raise BatchFileTooLargeError(**answer["too_large"])
    if "unreadable" in answer:
        raise BatchFileUnreadableError(**answer["unreadable"])
    yield from enumerate(answer["rows"], start=1)
