"""The protocol's own suites against our server, and the agents' own validators on what we bring them, from npm.

They are installed once, into a folder of the checkout that git does not see. Agents themselves: `make interop`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.interop import __main__ as interop
from scripts.interop import isolated

FOLDER = interop.ROOT / ".interop"


@pytest.fixture(scope="module")
def programs() -> Path:
    """Return the folder of the suites' programs; skip where they cannot be had."""
    for tool in ("npm", "unshare"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not here, which brings the official suites")
    try:
        return interop.install(FOLDER, interop.SUITES)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm cannot install the official suites here")


@pytest.mark.timeout(900)
def test_the_official_suites_find_nothing_but_what_is_known(programs: Path, tmp_path: Path) -> None:
    home = isolated.Home(tmp_path / "home", programs)
    try:
        rows = [*interop.conformance(programs, tmp_path), *interop.inspector(home), *interop.validators(home)]
    finally:  # the shim that the Inspector runs has started the service
        home.run("simple-memory", "stop", "--force")

    assert len(rows) == 10
    assert [row for row in rows if not row[1]] == []
