"""What a paper claims to be (PDF/A, PDF/UA) it still is when sealed, or nothing is sealed.

veraPDF judges all papers, before and after, in one go.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import typst
from pikepdf import Array, Dictionary, Name

from signing.errors import ConformanceLossError
from signing.images.png_images import seal_image_from_png
from signing.images.seal_images import SealImage
from signing.images.svg_images import seal_image_from_svg
from signing.levels import Level
from signing.placement.image_files import image_as_png
from signing.placement.seal_spec import Ink, RidingSeal, SealSpec
from signing.report import Verdict
from tests.judges.verapdf import judge_pdf
from tests.support.seal_pictures import SVG
from tests.support.seals import seal, seal_image, seal_spec, validate

Change = Callable[[pikepdf.Pdf], None]

_SOURCE = b"""
#set document(title: "S", date: datetime(year: 2025, month: 1, day: 1))
#set text(lang: "en")
Some.
#pagebreak()
More.
"""
_ICC_SIZE, _ICC_CLASS, _ICC_MARK = 132, 12, 36


def _changed(document: bytes, change: Change) -> bytes:
    with pikepdf.open(BytesIO(document)) as pdf:
        change(pdf)
        out = BytesIO()
        pdf.save(out)
        return out.getvalue()


def _as_it_is(_: pikepdf.Pdf) -> None:
    pass


def _without_profile(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def _for_print(pdf: pikepdf.Pdf) -> None:
    """Say that device colours are cyan, magenta, yellow and black; the paper uses none."""
    profile = bytearray(_ICC_SIZE)
    profile[3] = _ICC_SIZE
    profile[8:10] = b"\x02\x40"
    profile[_ICC_CLASS : _ICC_CLASS + 12] = b"prtrCMYKLab "
    profile[_ICC_MARK : _ICC_MARK + 4] = b"acsp"
    pdf.Root.OutputIntents[0].DestOutputProfile = pdf.make_stream(bytes(profile), N=4)


def _language_on_parts(pdf: pikepdf.Pdf) -> None:
    """Say the language on every part of the structure, and not of the whole."""
    language = pdf.Root.Lang
    del pdf.Root.Lang
    for item in pdf.objects:
        if isinstance(item, Dictionary) and "/S" in item and "/P" in item:
            item.Lang = language
    metadata = pdf.Root.Metadata.read_bytes().replace(b'xml:lang="x-default"', b'xml:lang="en"')
    pdf.Root.Metadata.write(metadata)


@cache
def _paper(standards: tuple[str, ...], change: Change = _as_it_is) -> bytes:
    return _changed(bytes(typst.compile(_SOURCE, pdf_standards=list(standards))), change)


@cache
def _image(kind: str) -> SealImage:
    if kind == "outlines":
        return seal_image_from_svg(SVG.encode(), 40.0)
    if kind == "picture":
        return seal_image_from_png(image_as_png(seal_image()), 42.0, white_is_paper=False)
    return seal_image()


def _spec(kind: str = "plain", **chosen: object) -> SealSpec:
    spec = replace(seal_spec(x_mm=60, y_mm=60), image=_image(kind), riding=RidingSeal())
    return replace(spec, **chosen)  # type: ignore[arg-type]  # each is a field of it


@dataclass(frozen=True, kw_only=True)
class _Case:
    standards: tuple[str, ...]
    flavours: tuple[str, ...]
    change: Change = _as_it_is
    image: str = "plain"
    ink: Ink = Ink.MULTIPLIED

    @property
    def paper(self) -> bytes:
        return _paper(self.standards, self.change)

    @property
    def spec(self) -> SealSpec:
        return _spec(self.image, ink=self.ink)


def _case(standards: str, change: Change = _as_it_is, image: str = "plain") -> _Case:
    names = tuple(standards.split())
    ink = Ink.OPAQUE if "a-1b" in names else Ink.MULTIPLIED
    flavours = tuple(name.removeprefix("a-").replace("ua-", "ua") for name in names)
    return _Case(standards=names, flavours=flavours, change=change, image=image, ink=ink)


CASES = {
    "1b": _case("a-1b"),
    "1b without profile": _case("a-1b", _without_profile),
    "2u": _case("a-2u"),
    "2u without profile": _case("a-2u", _without_profile),
    "2u for print": _case("a-2u", _for_print),
    "2u, outlines": _case("a-2u", _without_profile, "outlines"),
    "2u, picture": _case("a-2u", _without_profile, "picture"),
    "3a, ua1": _case("a-3a ua-1", _without_profile),
    "4": _case("a-4"),
    "4 without profile": _case("a-4", _without_profile, "picture"),
    "ua1": _case("ua-1", _language_on_parts),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], str]:
    """What veraPDF says of each paper, before and after, of each claim; empty if it is true."""
    folder = tmp_path_factory.mktemp("papers")
    paths: dict[Path, tuple[str, str]] = {}
    for number, (name, case) in enumerate(CASES.items()):
        after = seal(case.paper, spec=case.spec, level=Level.B_LT)
        for when, content in (("before", case.paper), ("after", after)):
            path = folder / f"{number}-{when}.pdf"
            path.write_bytes(content)
            paths[path] = name, when
    flavours = sorted({flavour for case in CASES.values() for flavour in case.flavours})
    return {
        (*paths[verdict.path], verdict.flavour): "" if verdict.compliant else str(verdict)
        for verdict in judge_pdf(list(paths), flavours)
    }


@pytest.mark.parametrize("name", CASES)
def test_what_is_claimed_is_true_before_and_after(
    name: str, verdicts: dict[tuple[str, str, str], str]
) -> None:
    for flavour in CASES[name].flavours:
        for when in ("before", "after"):
            assert verdicts[name, when, flavour] == ""


def _claim_part_seven(pdf: pikepdf.Pdf) -> None:
    written = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(written.replace(b"part>2<", b"part>7<"))


@pytest.mark.parametrize(
    ("case", "conformance", "reason"),
    [
        (replace(CASES["1b"], ink=Ink.MULTIPLIED), "PDF/A-1b", "transparency"),
        (replace(CASES["1b"], image="outlines"), "PDF/A-1b", "opacity"),
        (replace(CASES["1b"], image="picture"), "PDF/A-1b", "opacity"),
        (_case("a-2u", _claim_part_seven), "PDF/A-7u", "unknown"),
    ],
    ids=["blended", "translucent-outlines", "translucent-picture", "unknown"],
)
def test_what_would_be_lost_is_said_and_nothing_sealed(
    case: _Case, conformance: str, reason: str
) -> None:
    with pytest.raises(ConformanceLossError) as refused:
        seal(case.paper, spec=case.spec, level=Level.B_B)
    assert refused.value.params == {"conformance": conformance, "reason": reason}
    agreed = replace(case.spec, may_lose=(conformance,))
    sealed = seal(case.paper, spec=agreed, level=Level.B_B)
    assert validate(sealed).verdict is Verdict.TOTAL_PASSED


def _resources(document: bytes) -> Iterator[bytes]:
    with pikepdf.open(BytesIO(document)) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream) and "/BBox" in item:
                yield item.stream_dict.unparse()


def test_a_paper_that_claims_nothing_is_sealed_as_ever() -> None:
    with pikepdf.new() as pdf:
        box = Array([0, 0, 595, 842])
        page = Dictionary(Type=Name.Page, MediaBox=box, Resources=Dictionary())
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        out = BytesIO()
        pdf.save(out)
    spec = replace(_spec(), riding=None)
    (form,) = _resources(seal(out.getvalue(), spec=spec, level=Level.B_B))
    assert b"/Multiply" in form
    assert b"/DefaultRGB" not in form
