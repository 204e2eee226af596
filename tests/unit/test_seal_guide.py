"""The custodian's guide: the files that it shows are files that the commands read."""

import re
from pathlib import Path

from api.cli.seal_files import read_amendment, read_application, read_scope
from certsvc.catalogue.routes import Route

_GUIDE = Path(__file__).parents[2] / "docs" / "seals.md"


def test_the_files_of_the_guide_are_read(tmp_path: Path) -> None:
    amendment, scope, head = re.findall(r"```toml\n(.*?)```", _GUIDE.read_text(), re.DOTALL)
    (tmp_path / "chain.pem").write_text("a chain")
    file = tmp_path / "seal.toml"

    file.write_text(amendment)
    assert read_amendment(file).certificate_chain_pem == "a chain"
    file.write_text(scope)
    assert read_scope(file).daily_limit == 200
    file.write_text(head + amendment + scope)
    assert read_application(file).route is Route.DATA_SHARING
