"""What is said of a record, on its page and over the interface."""

from api.shared.sentences import sentence
from certsvc.certificates.extraction.record_cards import RecordCard
from certsvc.foundation.messages.catalogue import Language


def warnings_of(card: RecordCard, language: Language) -> list[str]:
    """Say what was odd about the identifier that somebody gave."""
    if card.warning is None:
        return []
    code = f"word.identifier_warning.{card.warning.value}"
    return [sentence(code, language, {"identifier": card.record.identifier})]
