"""Objects are read token by token; what two readers could read in two ways is refused."""

import pytest

from signing.reading.object_syntax import OddSyntaxError, read_object, read_text


@pytest.mark.parametrize(
    ("written", "references"),
    [
        (b"<< /A 5 0 R /B [ 1 2 0 R (a(b)\\) 9 0 R) <41 4> ] /C << /D /E#20 >> >>", (5, 2)),
        (b"5 % a comment\n0 R", (5,)),
        (b"[ 1 0 0 R ]", (0,)),
        (b"[ true null -1.5 /R (5 0 R) ] % 6 0 R", ()),
        (b"<</A<</B[7 0 R]>>>>", (7,)),
    ],
)
def test_references_are_told(written: bytes, references: tuple[int, ...]) -> None:
    assert read_text(written).references == references


@pytest.mark.parametrize(
    ("written", "has_twins"),
    [
        (b"<< /A 1 /B << /A 2 >> >>", False),
        (b"<< /A 1 /A 1 >>", True),
        (b"<< /A 1 /#41 2 >>", True),
        (b"[ << /B << /C 1 /C 2 >> >> ]", True),
        (b"<< /A /A >>", False),
    ],
)
def test_a_key_that_is_there_twice(written: bytes, *, has_twins: bool) -> None:
    assert read_text(written).has_twins is has_twins


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"5 6",
        b"[ 1",
        b"1 ]",
        b"<< /A >>",
        b"<< 1 2 >>",
        b"[ 1 >>",
        b"(a",
        b"<4x>",
        b"1 endobj",
    ],
)
def test_what_is_not_one_value(written: bytes) -> None:
    with pytest.raises(OddSyntaxError):
        read_text(written)


@pytest.mark.parametrize(
    "written",
    [
        b"4 0 obj\n<< /Length 3 >>\nstream\nq Q\nendstream\nendobj",
        b"4 0 obj << /Length 3 >> stream\r\nq Qendstream\rendobj",
        b"4 0 obj%x\n<< /Length 9 0 R >>stream\nq Q\r\nendstream%y\nendobj",
        b"4 0 obj\n(endobj stream)\nendobj",
        b"4 0 obj 5 endobj",
    ],
)
def test_lawful_objects(written: bytes) -> None:
    found = read_object(written + b"\n", 0, len(written) + 1, lambda _: 3)
    assert (found.number, found.end) == (4, len(written))
    assert found.data is None or written[slice(*found.data)] == b"q Q"


@pytest.mark.parametrize(
    "written",
    [
        b"4 0 obj\n<< /Length 2 >>\nstream\nq Q\nendstream\nendobj",
        b"4 0 obj\n<< /Length 5 >>\nstream\nq Q\nendstream\nendobj",
        b"4 0 obj\n<< >>\nstream\nq Q\nendstream\nendobj",
        b"4 0 obj\n<< /Length 3 >>\nstream\rq Q\nendstream\nendobj",
        b"4 0 obj\n<< /Length 3 >>\nstream\nq Q\nendstream\nx endobj",
        b"4 0 obj\n5\n5 0 obj\n6\nendobj",
        b"4 0 obj\n5\nendobject",
        b"4 0 objx\n5\nendobj",
    ],
)
def test_objects_that_end_elsewhere_for_another_reader(written: bytes) -> None:
    with pytest.raises(OddSyntaxError):
        read_object(written, 0, len(written), lambda _: 3)
