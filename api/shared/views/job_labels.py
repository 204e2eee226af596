"""Labels of the kinds of jobs."""

from api.shared.sentences import sentence
from certsvc.foundation.messages.catalogue import Language, load_catalogue


def kind_label(kind: str, language: Language) -> str:
    """Return what a kind of job does; its name, if an older program does not know it."""
    code = f"jobs.kind.{kind}"
    return sentence(code, language) if code in load_catalogue() else kind
