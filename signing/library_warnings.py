"""Library warnings about values of a customer's file: our report says it, not standard error.

A serial number that is not positive, or NULL parameters of a signature algorithm, are still read by
`cryptography`, which warns that it will refuse them one day. Then the certificate is one that
cannot be read, which every reader of certificates here can say.
"""

import warnings

from cryptography.utils import CryptographyDeprecationWarning

_ABOUT_A_FILE = (
    "Parsed a serial number which wasn't positive",
    "Parsed a negative serial number",
    "The parsed certificate contains a NULL parameter value",
)


def keep_quiet() -> None:
    """Keep those warnings from being shown, or raised; once for a process."""
    for message in _ABOUT_A_FILE:
        warnings.filterwarnings("ignore", message, CryptographyDeprecationWarning)
