"""Judge the structure of a PDF with qpdf and MuPDF; a sound file draws no complaint."""

from pathlib import Path

from tests.judges.process import run

# Debian builds MuPDF without colour management; it says so for every file with a profile.
_MUTOOL_NOISE = {"warning: ICC support is not available"}


def complaints_of_qpdf(path: Path) -> list[str]:
    """Return what `qpdf --check` finds wrong with cross-references, objects and streams."""
    outcome = run("qpdf", "--check", path)
    complaints = outcome.complaints.splitlines()
    if outcome.exit_code != 0 and not complaints:
        complaints = outcome.output.splitlines()
    return complaints


def complaints_of_mutool(path: Path) -> list[str]:
    """Return what MuPDF finds wrong when it reads every object and draws every page."""
    complaints = []
    for arguments in (["info"], ["draw", "-q", "-F", "pgm", "-o", "/dev/null"]):
        outcome = run("mutool", *arguments, path)
        found = [line for line in outcome.complaints.splitlines() if line not in _MUTOOL_NOISE]
        if outcome.exit_code != 0 and not found:
            found = [f"mutool {arguments[0]}: exit code {outcome.exit_code}"]
        complaints += found
    return complaints
