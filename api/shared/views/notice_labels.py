"""Labels of the kinds of notices."""

from api.shared.sentences import sentence
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.people.notices.kinds import text_of


def kind_label(kind: str, language: Language) -> str:
    """Return the sentence of a kind of notice; its name, if an older program does not know it."""
    code = text_of(kind)
    return sentence(code, language) if code in load_catalogue() else kind
