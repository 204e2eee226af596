"""What somebody reads who decides on a change of a seal."""

from datetime import UTC, datetime

from api.shared.views.whole_changes import _validity
from tests.support.seal_certificates import Wish, issue


def test_a_certificate_without_an_end_can_be_shown() -> None:
    """RFC 5280 4.1.2.5; in China it would end in a year that no calendar of ours has."""
    endless = issue(Wish(ends_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))).certificate
    assert _validity(endless).endswith("9999-12-31 23:59:59")
