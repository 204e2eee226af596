"""Hours as people say them: days with the same spans together, in the order of the week."""

import pytest
from sqlalchemy.orm import Session

from api.shared.views.seal_labels import SealLabels
from certsvc.foundation.messages.catalogue import Language


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("1 09:00-10:00", "周一 09:00–10:00"),
        ("1-7 00:00-24:00", "周一至周日 00:00–24:00"),
        ("1-3 09:00-10:00;5 09:00-10:00", "周一至周三 09:00–10:00；周五 09:00–10:00"),
        ("2 13:00-14:00,09:00-10:00", "周二 09:00–10:00、13:00–14:00"),
        ("1 09:00-10:00;2 09:00-11:00", "周一 09:00–10:00；周二 09:00–11:00"),
        ("6 09:00-10:00;1-2 08:00-09:00", "周一至周二 08:00–09:00；周六 09:00–10:00"),
    ],
)
def test_days_with_the_same_spans_are_said_together(hours: str, said: str) -> None:
    assert SealLabels(Session(), Language.ZH).hours(hours) == said
