"""Read a file that is not plain in a child process with hard limits.

A foreign file may unpack to gigabytes or loop; the child may not use more memory or processor
time than given here, and a crash in it is only an unreadable file. Plain files
(:mod:`signing.file_layout`) cannot do that and are read in this process.
"""

import base64
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from signing.document_facts import (
    DocumentFacts,
    SignatureFacts,
    UnreadableDocumentError,
    read_facts,
)
from signing.revocation import ProofKind, RevocationProof
from signing.validation_material import ValidationMaterial

_MEMORY_LIMIT = 256 << 20  # address space: the libraries' own mappings take some 130 MB of it
_PROCESSOR_LIMIT_S = 4
_TIME_LIMIT_S = 8


def read_facts_bounded(document: bytes) -> DocumentFacts:
    """:func:`signing.document_facts.read_facts` in a bounded child process.

    Raises:
        UnreadableDocumentError: The file cannot be read, or not within the limits.
    """
    package_root = str(Path(__file__).parent.parent)
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "signing.bounded_reading"],
            input=document,
            capture_output=True,
            check=False,
            timeout=_TIME_LIMIT_S,
            env={"PYTHONPATH": package_root, "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise UnreadableDocumentError from error
    if finished.returncode != 0:
        raise UnreadableDocumentError
    return _decode(finished.stdout)


def _encode(facts: DocumentFacts) -> str:
    return json.dumps(asdict(facts), default=_encode_value)


def _encode_value(value: object) -> str:
    return str(value.value) if isinstance(value, ProofKind) else _encode_octets(value)


def _encode_octets(value: Any) -> str:  # noqa: ANN401  # json asks about any value
    return base64.b64encode(value).decode()


def _decode(encoded: bytes) -> DocumentFacts:
    values: dict[str, Any] = json.loads(encoded)
    signatures = []
    for item in values.pop("signatures"):
        item["contents"] = base64.b64decode(item["contents"])
        item["byte_range"] = tuple(item["byte_range"])
        signatures.append(SignatureFacts(**item))
    material = ValidationMaterial(
        certificates=tuple(map(base64.b64decode, values["material"]["certificates"])),
        proofs=tuple(
            RevocationProof(kind=ProofKind(item["kind"]), encoded=base64.b64decode(item["encoded"]))
            for item in values.pop("material")["proofs"]
        ),
    )
    return DocumentFacts(signatures=tuple(signatures), material=material, **values)


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_LIMIT_S, _PROCESSOR_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        facts = read_facts(sys.stdin.buffer.read())
    except (UnreadableDocumentError, MemoryError, RecursionError):
        return 1
    sys.stdout.write(_encode(facts))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
