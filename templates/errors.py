"""Errors of packs, data, fonts and rendered papers.

- Every error has a stable ``code`` and ``params``; the sentences stand in the message catalogue.
- No error of the layout engine, the PDF library or the schema validator leaves this package.
- Params name fields, characters and checks; they never repeat a person's data.
"""

from typing import ClassVar


class TemplateError(Exception):
    """Base of everything this package raises."""

    code: ClassVar[str] = "template.error"

    def __init__(self, **params: str | int) -> None:
        super().__init__(f"{self.code}: {params}")
        self.params: dict[str, str | int] = params


class PackUnknownError(TemplateError):
    """No pack has this code. Params: ``pack``."""

    code = "template.pack-unknown"


class PackInvalidError(TemplateError):
    """The folder is not a usable pack. Params: ``pack``, ``reason``, ``detail``."""

    code = "template.pack-invalid"


class PackUnsoundError(TemplateError):
    """The pack has defects. Params: ``pack``, ``count``, ``first`` (a code), ``file``."""

    code = "template.pack-unsound"


class PackCodeError(TemplateError):
    """A new pack's code is not small letters, digits and single hyphens. Params: ``pack``."""

    code = "template.pack-code"


class PackExistsError(TemplateError):
    """There is a pack or folder of this name already. Params: ``pack``, ``folder``."""

    code = "template.pack-exists"


class PackFolderError(TemplateError):
    """A pack's folder cannot be written. Params: ``folder``."""

    code = "template.pack-folder"


class FieldsInvalidError(TemplateError):
    """A value may not be printed.

    Params: ``field``, ``reason``; when known ``title``, ``title_en``, ``limit``, ``character``.

    ``reason`` is a JSON Schema keyword (``required``, ``pattern``, ``maxLength`` …) or one of
    ``control-character``, ``right-to-left``, ``empty``, ``too-long``, ``naive-time``, ``not-json``.
    """

    code = "template.fields-invalid"


class GlyphMissingError(TemplateError):
    """No font has these characters. Params: ``characters`` (``龘 U+9F98, …``)."""

    code = "template.glyph-missing"


class RenderingFailedError(TemplateError):
    """The layout engine refused. Params: ``pack``, ``reason``."""

    code = "template.rendering-failed"


class RenderingRejectedError(TemplateError):
    """What was rendered is not what was meant. Params: ``check``, ``detail``."""

    code = "template.rendering-rejected"


class PaperDiffersError(TemplateError):
    """A paper does not show what its data says. Params: `part`, `page`."""

    code = "template.paper-differs"


class PicturesNotComparedError(TemplateError):
    """Two files could not be compared by what they show. Params: `reason`, `pages`."""

    code = "template.pictures-not-compared"


class FontsMissingError(TemplateError):
    """The font folder lacks files. Params: ``folder``, ``files``."""

    code = "template.fonts-missing"
