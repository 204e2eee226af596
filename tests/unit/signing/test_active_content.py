"""What acts by itself is found, however it is dressed."""

from io import BytesIO

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from signing.pdf.active_content import find_active_content


@pytest.mark.parametrize("key", ["/A", "/OpenAction"])
@pytest.mark.parametrize("kind", ["/Launch", "/GoToR", "/SubmitForm", "/JavaScript"])
@pytest.mark.parametrize("disguise", [{}, {"/O": 1}])
def test_an_action_is_found_even_with_an_owner(
    key: str, kind: str, disguise: dict[str, int]
) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root[key] = Dictionary({"/S": Name(kind), **disguise})
    assert find_active_content(saved(pdf)) is not None


def test_attributes_of_a_structure_element_are_no_action() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root.StructTreeRoot = Dictionary(A=Dictionary(O=Name.Table, Scope=Name.Column))
    assert find_active_content(saved(pdf)) is None


def saved(pdf: pikepdf.Pdf) -> pikepdf.Pdf:
    out = BytesIO()
    pdf.save(out)
    return pikepdf.open(BytesIO(out.getvalue()))
