"""Independent programs that judge the files we make; none of them shares code with us."""

from tests.judges.cms import judge_cms, judge_timestamp
from tests.judges.pdfsig import SignatureVerdict, judge_signatures
from tests.judges.structure import complaints_of_mutool, complaints_of_qpdf
from tests.judges.verapdf import PDFA_3A, PDFUA_1, Verdict, judge_pdf

__all__ = [
    "PDFA_3A",
    "PDFUA_1",
    "SignatureVerdict",
    "Verdict",
    "complaints_of_mutool",
    "complaints_of_qpdf",
    "judge_cms",
    "judge_pdf",
    "judge_signatures",
    "judge_timestamp",
]
