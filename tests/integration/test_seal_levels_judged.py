"""EU DSS names the baseline level of our seals, for every algorithm and any certificate."""

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keys.uri import open_key
from signing.levels import Level
from signing.sealing import Sealer, SealSpec
from tests.judges.dss import DssTimestamp, DssVerdict, judge_levels
from tests.judges.process import JudgeError
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    demonstration_pki,
    sample_document,
    seal_image,
    seal_spec,
    timestamp_authority,
    validate,
)

_TIMESTAMP = DssTimestamp(type="SIGNATURE_TIMESTAMP", valid=True, trusted=True)


def _root_pem() -> bytes:
    return demonstration_pki().root.public_bytes(Encoding.PEM)


def _seal(slug: str, *, timestamped: bool) -> bytes:
    identity = demonstration_pki().seals[slug]
    sealer = Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=Level.B_T if timestamped else Level.B_B,
        timestamp_authority=timestamp_authority(),
    )
    return sealer.seal(sample_document(), seal_spec(), signed_at=NOW)


def _is_sound(verdict: DssVerdict) -> bool:
    return verdict.intact and verdict.trusted and verdict.bound and not verdict.modified


def test_the_level_is_the_one_we_report(tmp_path: Path) -> None:
    documents = {
        f"{slug}-{level.value}": (level, _seal(slug, timestamped=level is Level.B_T))
        for slug in ALGORITHMS
        for level in (Level.B_B, Level.B_T)
    }
    paths = [tmp_path / name for name in documents]
    for path, (_, document) in zip(paths, documents.values(), strict=True):
        path.write_bytes(document)
    judged = judge_levels(paths, root_pem=_root_pem())
    for (name, (level, document)), verdicts in zip(documents.items(), judged, strict=True):
        (verdict,) = verdicts
        assert verdict.level == level.value, name
        assert validate(document).seals[0].level is level
        assert _is_sound(verdict), (name, verdict)
        assert verdict.timestamps == ((_TIMESTAMP,) if level is Level.B_T else ()), name


def _any_seal(chance: random.Random, root: Issued) -> bytes:
    """A seal with any names, serial number, chain and document."""
    above, chain = root, []
    for _ in range(chance.randrange(3)):
        above = issue(Wish(name=_words(chance), ca=True, serial=_serial(chance)), above)
        chain.insert(0, above.certificate)
    issued = issue(Wish(name=_words(chance), serial=_serial(chance)), above)
    sealer = Sealer(key=issued.key, chain=[issued.certificate, *chain], level=Level.B_B)
    spec = SealSpec(
        page_index=0,
        center_x_mm=chance.uniform(30, 180),
        center_y_mm=chance.uniform(30, 260),
        image=seal_image(),
        signer_name=_words(chance),
        reason=_words(chance),
        location=chance.choice(["", _words(chance)]),
        alt_text=_words(chance),
    )
    return sealer.seal(sample_document(chance.randrange(1, 4)), spec, signed_at=NOW)


def _words(chance: random.Random) -> str:
    letters = "章证明（演示）Seal é\\()<>/%#\u3000\U00020bb7"
    return "".join(chance.choices(letters, k=chance.randrange(1, 16)))


def _serial(chance: random.Random) -> int:
    return chance.getrandbits(chance.choice([1, 7, 8, 63, 64, 159])) + 1


def test_any_certificate_name_and_size(tmp_path: Path) -> None:
    chance = random.Random(20260302)  # noqa: S311  # the same cases every time
    root = issue(Wish(name="根", ca=True))
    paths = [tmp_path / f"{number}.pdf" for number in range(40)]
    for path in paths:
        path.write_bytes(_any_seal(chance, root))
    judged = judge_levels(paths, root_pem=root.certificate.public_bytes(Encoding.PEM))
    for path, (verdict,) in zip(paths, judged, strict=True):
        assert verdict.level == Level.B_B.value, (path.name, verdict)
        assert _is_sound(verdict), (path.name, verdict)


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    sealed = _seal("p256", timestamped=True)
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(sealed.replace(b"/Lang (zh-CN)", b"/Lang (en-GB)", 1))
    foreign = issue(Wish(name="根", ca=True)).certificate.public_bytes(Encoding.PEM)
    sound = tmp_path / "sound.pdf"
    sound.write_bytes(sealed)
    ((verdict,),) = judge_levels([changed], root_pem=_root_pem())
    assert not verdict.intact
    assert verdict.indication == "TOTAL_FAILED"
    ((verdict,),) = judge_levels([sound], root_pem=foreign)
    assert verdict.intact
    assert not verdict.trusted
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7")
    with pytest.raises(JudgeError):
        judge_levels([broken], root_pem=_root_pem())
