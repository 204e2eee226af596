"""Carrying a report from the page that shows it to the PDF that is made of it.

The uploaded file is not kept, and the report is kept nowhere either: the page holds it, signed.

1. The page's hidden field holds the report, its language and its end, compressed.
2. An HMAC with a key of the installation covers all of it; a page of another installation, or one
   that was changed, makes no paper.
3. It ends after an hour, like the page it stands on.
"""

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from datetime import datetime, timedelta

from api.shared.errors import ReportExpiredError
from api.shared.views.reports import ReportAnswer
from certsvc.foundation.messages.catalogue import Language

LIFETIME = timedelta(hours=1)
PURPOSE = "authenticity report"
_MAC_BYTES = 32


def pack_report(
    answer: ReportAnswer, language: Language, *, key: bytes, now: datetime, file_name: str = ""
) -> str:
    """Return the value of the hidden field."""
    content = {
        "answer": answer.model_dump(mode="json"),
        "language": language.value,
        "file": file_name,
        "until": (now + LIFETIME).timestamp(),
    }
    packed = zlib.compress(json.dumps(content).encode(), 9)
    return base64.urlsafe_b64encode(_mac(key, packed) + packed).decode()


def unpack_report(field: str, *, key: bytes, now: datetime) -> tuple[ReportAnswer, Language, str]:
    """Return the report of a hidden field, its language, and the name of the file.

    Raises:
        ReportExpiredError: too old, changed, or not from here.
    """
    try:
        content = base64.urlsafe_b64decode(field.encode())
    except (ValueError, binascii.Error) as error:
        raise ReportExpiredError from error
    mac, packed = content[:_MAC_BYTES], content[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, packed)):
        raise ReportExpiredError
    # Nobody but this installation wrote what follows.
    value = json.loads(zlib.decompress(packed))
    if value["until"] < now.timestamp():
        raise ReportExpiredError
    return ReportAnswer(**value["answer"]), Language(value["language"]), value.get("file", "")


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()
