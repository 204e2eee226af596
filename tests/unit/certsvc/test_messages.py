"""The catalogue of messages holds every text once, where one looks for it."""

from pathlib import Path

from certsvc.foundation.messages import catalogue

_TEXTS = Path(catalogue.__file__).with_name("texts")


def test_every_text_of_every_file_is_in_the_catalogue() -> None:
    headings = [
        line.strip('[]"')
        for path in _TEXTS.glob("*.toml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith('["')
    ]
    assert len(headings) > 1000
    assert sorted(headings) == sorted(catalogue.load_catalogue().texts)
