"""Judge PDF signatures with Poppler's pdfsig, which verifies through NSS.

Known limits (Poppler 22.12): Ed25519 is not supported; RFC 3161 times are not checked; a
certificate that names an OCSP responder is only trusted when that responder answers; an
extended key usage other than e-mail protection alone is "unknown issue", not "trusted".
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.judges.process import JudgeError, run

_UNSIGNED = "does not contain any signatures"


@dataclass(frozen=True, kw_only=True)
class SignatureVerdict:
    """What pdfsig says of one signature."""

    field: str
    signer: str
    subfilter: str
    hash_algorithm: str
    valid: bool
    """The signed bytes are unchanged and the signature verifies."""
    trusted: bool
    """The certificate chains to the given root."""
    total_document: bool
    """Nothing follows the signed range: the signature covers the whole file."""
    text: str
    """pdfsig's own words, for the failure message."""


def judge_signatures(
    path: Path, *, root_pem: bytes | None = None, timeout_s: float = 300
) -> list[SignatureVerdict]:
    """Judge every signature of a file; an unsigned file has none.

    Args:
        path: The file.
        root_pem: The one root to trust, as PEM; without it no signature is trusted.
        timeout_s: Longest time it may take.

    Raises:
        TimeoutError: It took longer.
        JudgeError: The file cannot be read, or the root is not a certificate.
    """
    with tempfile.TemporaryDirectory() as scratch:
        trust_store = _make_trust_store(Path(scratch), root_pem)
        outcome = run("pdfsig", "-nssdir", trust_store, path, timeout_s=timeout_s)
    if _UNSIGNED in outcome.output:
        return []
    # The exit code is 0 even for a broken signature, so only the text counts.
    blocks = re.split(r"^Signature #\d+:$", outcome.output, flags=re.MULTILINE)[1:]
    if not blocks:
        raise JudgeError(f"pdfsig: {outcome.complaints or outcome.output}")
    return [_parse(block) for block in blocks]


def _make_trust_store(folder: Path, root_pem: bytes | None) -> str:
    store = f"sql:{folder}"
    commands = [["-N", "-d", store, "--empty-password"]]
    if root_pem is not None:
        (folder / "root.pem").write_bytes(root_pem)
        root = str(folder / "root.pem")
        commands.append(["-A", "-d", store, "-n", "root", "-t", "CT,C,C", "-i", root])
    for command in commands:
        outcome = run("certutil", *command)
        if outcome.exit_code != 0:
            raise JudgeError(f"certutil: {outcome.complaints}")
    return store


def _parse(block: str) -> SignatureVerdict:
    return SignatureVerdict(
        field=_value(block, "Signature Field Name"),
        signer=_value(block, "Signer Certificate Common Name"),
        subfilter=_value(block, "Signature Type"),
        hash_algorithm=_value(block, "Signing Hash Algorithm"),
        valid=_value(block, "Signature Validation") == "Signature is Valid.",
        trusted=_value(block, "Certificate Validation") == "Certificate is Trusted.",
        total_document="- Total document signed" in block,
        text=block.strip(),
    )


def _value(block: str, label: str) -> str:
    match = re.search(rf"^\s*- {label}: (.*)$", block, flags=re.MULTILINE)
    return match[1].strip() if match else ""
