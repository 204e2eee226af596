"""Every pack, ordinary and hardest, sealed by each seal: what independent programs say of it.

They judge at the machine's time, so this world lives in the present. Without `--all` each pack has
one seal on its ordinary paper and the other on its hardest.
"""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from certsvc.bootstrap import Services
from certsvc.demonstration.main_job import main_jobs
from certsvc.demonstration.world import world_steps, write_demonstration_settings
from certsvc.foundation.clock import SystemClock
from certsvc.foundation.settings import read_settings
from certsvc.foundation.storage.objects import parse_digest
from certsvc.sealing.register.records import Seal
from certsvc.sealing.uses.signer import SealSigner
from templates.checking import check_rendered
from templates.packs import PackLibrary
from templates.samples import SAMPLES, sample_face
from tests.judges import (
    PDFA_3A,
    PDFUA_1,
    Verdict,
    complaints_of_mutool,
    complaints_of_qpdf,
    judge_cms,
    judge_pdf,
    judge_signatures,
    judge_timestamp,
)
from tests.support.extent import is_full_run
from tests.support.world import FONTS

PACKS = sorted(pack.code for pack in PackLibrary(Path("templates/packs")))
SEALS = ("data-sharing-seal", "department-verification-seal")
KINDS: tuple[Sequence[str], ...] = (PACKS, SAMPLES, SEALS)
SEALED = [
    (pack, sample, seal)
    for (at, pack), (kind, sample), (which, seal) in product(*map(enumerate, KINDS))
    if is_full_run() or (at + kind + which) % len(SEALS) == 0
]
PAPERS = [".".join(each) for each in SEALED] + [f"{pack}.issued" for pack in PACKS]


@pytest.fixture(scope="module")
def present(tmp_path_factory: pytest.TempPathFactory) -> Services:
    home = tmp_path_factory.mktemp("present")
    write_demonstration_settings(home)
    services = Services(read_settings(home, fonts_dir=FONTS))
    for step in world_steps(services):
        step.run()
    return services


@pytest.fixture(scope="module")
def papers(present: Services, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("papers")
    signer = SealSigner(
        credentials=present.seal_credentials,
        level=present.settings.level,
        timestamp_authority=present.timestamp_authority,
        gatherer=present.material_gatherer,
    )
    made = {}
    for code, sample, seal_id in SEALED:
        pack = present.packs.get(code)
        face = sample_face(pack, sample)
        document = present.renderer.render(pack, face)
        check_rendered(document.pdf, face, pack)
        with present.database.transaction() as session:
            seal = session.get_one(Seal, seal_id)
        sealed = signer.seal(document, seal, reason=pack.title.zh, at=SystemClock().now())
        made[f"{code}.{sample}.{seal_id}"] = sealed
    for job in main_jobs(present):
        issued = job.issue(lambda _: None)
        made[f"{job.type_code}.issued"] = present.store.get(parse_digest(issued.sha256))
    paths = {}
    for name, content in made.items():
        paths[name] = folder / f"{name}.pdf"
        paths[name].write_bytes(content)
    return paths


@pytest.fixture(scope="module")
def verdicts(papers: dict[str, Path]) -> dict[Path, list[Verdict]]:
    found: dict[Path, list[Verdict]] = {}
    for verdict in judge_pdf(papers.values()):
        found.setdefault(verdict.path, []).append(verdict)
    return found


def test_every_pack_is_among_the_papers(papers: dict[str, Path]) -> None:
    assert sorted(papers) == sorted(PAPERS)
    assert {(pack, sample) for pack, sample, _ in SEALED} == set(product(PACKS, SAMPLES))
    assert {(pack, seal) for pack, _, seal in SEALED} == set(product(PACKS, SEALS))
    assert {(sample, seal) for _, sample, seal in SEALED} == set(product(SAMPLES, SEALS))


@pytest.mark.parametrize("name", PAPERS)
def test_archivable_and_accessible_after_sealing(
    papers: dict[str, Path], verdicts: dict[Path, list[Verdict]], name: str
) -> None:
    judged = verdicts[papers[name]]
    assert {verdict.flavour for verdict in judged} == {PDFA_3A, PDFUA_1}
    assert [failure for verdict in judged for failure in verdict.failures] == []
    assert all(verdict.compliant and verdict.assertions for verdict in judged)


@pytest.mark.parametrize("name", PAPERS)
def test_readers_call_the_seal_valid_trusted_and_whole(
    papers: dict[str, Path], present: Services, name: str
) -> None:
    root_pem = (present.settings.home / "trust.pem").read_bytes()
    (verdict,) = judge_signatures(papers[name], root_pem=root_pem)
    assert (verdict.valid, verdict.trusted, verdict.total_document) == (True, True, True)
    assert verdict.subfilter == "ETSI.CAdES.detached"
    judge_cms(papers[name], root_pem=root_pem)
    judge_timestamp(papers[name], root_pem=root_pem)


@pytest.mark.parametrize("name", PAPERS)
def test_the_structure_gives_no_reason_to_complain(papers: dict[str, Path], name: str) -> None:
    assert complaints_of_qpdf(papers[name]) == []
    assert complaints_of_mutool(papers[name]) == []
