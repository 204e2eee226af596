"""Files that people upload by mistake or on purpose, made on the spot and named by their defect."""

import io
import zipfile

import pikepdf


def empty_file() -> bytes:
    """Nothing at all."""
    return b""


def zip_named_pdf() -> bytes:
    """A ZIP archive, whatever its name says."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("certificate.pdf", b"%PDF-1.7")
    return buffer.getvalue()


def picture() -> bytes:
    """The beginning of a photograph."""
    return b"\x89PNG\r\n\x1a\n" + bytes(64)


def pdf_of_pages(count: int) -> bytes:
    """A PDF of so many empty pages."""
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page()
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def truncated(pdf: bytes) -> bytes:
    """The first half of a file."""
    return pdf[: len(pdf) // 2]


def changed(pdf: bytes) -> bytes:
    """A file with one bit turned over in its middle."""
    middle = len(pdf) // 2
    return pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]


def appended(pdf: bytes) -> bytes:
    """A file with something after its end."""
    return pdf + b"\n% added later\n"
