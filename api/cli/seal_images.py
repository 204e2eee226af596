"""`certsvc seal-image`: draw a seal for a custodian to look at, without any installation."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import both, console_of
from api.cli.errors import OutKindError, SealImageNamelessError
from api.cli.files import check_writable, read_bounded, write_whole
from api.cli.installation import home_folder, installed_settings, is_initialised, opened
from certsvc.bootstrap import RIM_FONT
from certsvc.foundation.settings import read_settings
from signing.images.drawings import SealImage
from signing.images.seal_images import round_seal
from signing.images.uploaded_images import seal_image_from_file
from signing.placement.image_files import image_as_pdf, image_as_png

_WRITERS: Mapping[str, Callable[[SealImage], bytes]] = {
    ".svg": lambda image: image.to_svg().encode("utf-8"),
    ".png": image_as_png,
    ".pdf": image_as_pdf,
}


def seal_image(  # noqa: PLR0913  # each is an option of the command
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help=both("cli.seal-image.option.out"))],
    *,
    name: Annotated[str, typer.Option("--name", help=both("cli.seal-image.option.name"))] = "",
    purpose: Annotated[
        str, typer.Option("--purpose", help=both("cli.seal-image.option.purpose"))
    ] = "",
    second_line: Annotated[
        str, typer.Option("--second-line", help=both("cli.seal-image.option.second-line"))
    ] = "",
    number: Annotated[
        str, typer.Option("--number", help=both("cli.seal-image.option.number"))
    ] = "",
    star: Annotated[
        bool, typer.Option("--star/--no-star", help=both("cli.seal-image.option.star"))
    ] = True,
    width_mm: Annotated[
        float, typer.Option("--width-mm", help=both("cli.seal-image.option.width-mm"))
    ] = 42.0,
    image: Annotated[
        Path | None, typer.Option("--image", help=both("cli.seal-image.option.image"))
    ] = None,
    white_is_paper: Annotated[
        bool, typer.Option("--white-is-paper", help=both("cli.seal-image.option.white-is-paper"))
    ] = False,
    force: Annotated[bool, typer.Option("--force", help=both("cli.option.force"))] = False,
) -> None:
    """Draw a round seal from its words, or an uploaded image as it would be sealed."""
    write = _WRITERS.get(out.suffix.lower())
    if write is None:
        raise OutKindError(file=str(out))
    check_writable(out, force=force)
    if image is not None:
        drawn = seal_image_from_file(read_bounded(image), width_mm, white_is_paper=white_is_paper)
    elif not name.strip():
        raise SealImageNamelessError
    else:
        drawn = round_seal(
            text_around=name,
            bottom_text=purpose,
            second_line=second_line,
            rim_number=number,
            star=star,
            diameter_mm=width_mm,
            font_path=_fonts_folder() / RIM_FONT,
        )
    write_whole(out, write(drawn), force=force)
    console_of(context).say(
        "cli.seal-image.done",
        file=str(out),
        width_mm=f"{drawn.width_mm:g}",
        height_mm=f"{drawn.height_mm:g}",
    )


def _fonts_folder() -> Path:
    settings = (
        installed_settings()
        if is_initialised()
        else read_settings(home_folder(), mode="demonstration")
    )
    with opened(settings) as services:
        return services.fonts_dir
