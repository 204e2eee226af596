"""Looking for names in the bytes never calls a file inactive that walking its objects does not."""

from io import BytesIO

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from signing.pdf.active_content import find_active_content, is_surely_inactive
from tests.support.extent import examples

_KEYS = st.sampled_from(
    (
        *("/A", "/AA", "/JS", "/JavaScript", "/XFA", "/OpenAction", "/Next", "/S", "/O", "/Type"),
        *("/Subtype", "/Rect", "/RichMediaContent", "/Other"),
    )
)
_NAMES = st.sampled_from(
    (
        *("/Action", "/GoTo", "/URI", "/Launch", "/Movie", "/Screen", "/Sound", "/3D"),
        *("/RichMedia", "/Table", "/Named"),
    )
).map(Name)
_VALUES: st.SearchStrategy[object] = st.recursive(
    _NAMES | st.integers(0, 9) | st.text(max_size=5).map(String),
    lambda inner: (
        st.lists(inner, max_size=3).map(Array)
        | st.dictionaries(_KEYS, inner, max_size=4).map(Dictionary)
    ),
    max_leaves=8,
)


def _spell(document: bytes, name: bytes, letter: int) -> bytes:
    """The name with one of its letters written as an escape."""
    escaped = b"/" + name[:letter] + b"#%02x" % name[letter] + name[letter + 1 :]
    return document.replace(b"/" + name + b" ", escaped + b" ")


@settings(max_examples=examples(400), deadline=None)
@given(
    values=st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4),
    name=st.sampled_from([b"A", b"JS", b"AA", b"Next", b"Action", b"OpenAction", b"Movie"]),
    letter=st.integers(0, 9),
)
def test_the_quick_look_misses_nothing(values: dict[str, object], name: bytes, letter: int) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Kept = pdf.make_indirect(Dictionary(values))
        out = BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    written = out.getvalue()
    for document in (written, _spell(written, name, letter % len(name))):
        with pikepdf.open(BytesIO(document), suppress_warnings=True) as pdf:
            active = find_active_content(pdf)
        assert active is None or not is_surely_inactive(document)


def test_it_calls_a_plain_document_inactive() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Kept = Dictionary(
            A=Array([Dictionary(O=Name.Table)]), Subtype=Name("/application/json")
        )
        out = BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert is_surely_inactive(out.getvalue())


@pytest.mark.parametrize(
    "written",
    [
        b"/Type /Action /S /Launch",
        b"/JS (1)",
        b"/JavaScript << >>",
        b"/AA << >>",
        b"/XFA []",
        b"/RichMediaContent << >>",
        b"/A << /S /Named >>",
        b"/A<</S/Named>>",
        b"/OpenAction << /S /Named >>",
        b"/S /URI /Next << >>",
        *(b"/Rect [] /Subtype /%b" % kind for kind in (b"RichMedia", b"Screen", b"3D")),
        *(b"/Rect [] /Subtype /%b" % kind for kind in (b"Movie", b"Sound")),
    ],
)
def test_each_kind_is_seen_by_both(written: bytes) -> None:
    item = pikepdf.Object.parse(b"<< " + written + b" >>")
    with pikepdf.new() as pdf:
        pdf.Root.Kept = pdf.make_indirect(item)
        assert find_active_content(pdf) is not None
    assert not is_surely_inactive(b"<< " + written + b" >>")
