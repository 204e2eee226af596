"""Check of a pack before it may be used.

- Both samples, the ordinary and the hardest, must render and pass every check.
- The ordinary sample's text must be what the pack says it is, so that a change of wording is
  always a change somebody wrote down.
"""

from templates.checking import check_rendered
from templates.checking_content import page_texts
from templates.errors import PackInvalidError
from templates.packs import TemplatePack
from templates.rendering import RenderedDocument, Renderer
from templates.samples import SAMPLES, sample_face


def check_pack(pack: TemplatePack, renderer: Renderer) -> None:
    """Render and check a pack's samples.

    The caller must still judge PDF/A and PDF/UA with veraPDF before publishing the pack.

    Raises:
        PackInvalidError: the text of the ordinary sample is not that of ``expected.txt``.
        TemplateError: a sample doesn't render or fails a check; the error names it.
    """
    for name in SAMPLES:
        face = sample_face(pack, name)
        check_rendered(renderer.render(pack, face).pdf, face, pack)
    expected = pack.read_text("expected.txt")
    if sample_text(pack, renderer) != expected:
        raise PackInvalidError(pack=pack.code, reason="expected-text", detail="expected.txt")


def sample_text(pack: TemplatePack, renderer: Renderer) -> str:
    """The text of the ordinary sample, pages apart by a form feed line."""
    return text_of(renderer.render(pack, sample_face(pack)))


def text_of(document: RenderedDocument) -> str:
    """The text of a paper, pages apart by a form feed line."""
    pages = ("\n".join(text.splitlines()) + "\n" for text in page_texts(document.pdf))
    return "\f\n".join(pages)
