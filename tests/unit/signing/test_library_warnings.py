"""What a library thinks of a customer's certificate is not shown on standard error."""

import subprocess
import sys

_READS_A_ZERO_SERIAL = """
import base64, sys
from asn1crypto import x509
from tests.support.zero_serial import certificate
from signing.cms.certificate_types import to_x509
assert to_x509(x509.Certificate.load(certificate())).serial_number == 0
"""


def test_a_serial_number_of_zero_is_read_in_silence() -> None:
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, "-c", _READS_A_ZERO_SERIAL],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
