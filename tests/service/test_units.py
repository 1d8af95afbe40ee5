"""The files that systemd and launchd are given."""

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

from simple_memory.service import units

COMMAND = [
    "/home/ada/my venv/bin/python",
    "-I",
    "-m",
    "simple_memory.daemon",
    "supervisor",
    "--home",
    "/home/ada/50%/$m",
]


def test_the_unit_names_the_program_by_its_whole_path_and_quotes_what_systemd_would_read() -> None:
    unit = units.systemd_unit(COMMAND, {"CLAUDE_CONFIG_DIR": "/home/ada/my claude"})

    line = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert line.startswith('ExecStart="/home/ada/my venv/bin/python" -I -m simple_memory.daemon')
    assert line.endswith("--home /home/ada/50%%/$$m")
    assert 'Environment="CLAUDE_CONFIG_DIR=/home/ada/my claude"' in unit


BOUNDS = (
    "Type=notify", "WatchdogSec=60", "Restart=on-failure", "StartLimitBurst=5",
    "MemoryHigh=", "MemoryMax=", "CPUWeight=",
    "NoNewPrivileges=yes", "UMask=0077", "TasksMax=",
)  # fmt: skip


@pytest.mark.parametrize("wanted", BOUNDS)
def test_the_unit_bounds_what_it_runs(wanted: str) -> None:
    assert wanted in units.systemd_unit(COMMAND, {})


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / units.SYSTEMD_NAME
    command = [shutil.which("true") or "/bin/true", "-I", "--home", "/home/ada/50%/$m"]
    unit.write_text(units.systemd_unit(command, {"CLAUDE_CONFIG_DIR": "/home/ada/my claude"}))

    answer = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )

    complaints = [line for line in answer.stderr.splitlines() if units.SYSTEMD_NAME in line]
    assert complaints == []


def test_systemd_rates_the_unit_as_no_danger(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / units.SYSTEMD_NAME
    unit.write_text(units.systemd_unit([shutil.which("true") or "/bin/true"], {}))

    answer = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=70", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-300:] + answer.stderr


def test_the_agent_for_launchd_is_kept_alive_but_not_hurried() -> None:
    agent = plistlib.loads(units.launchd_agent(COMMAND, {"CLAUDE_CONFIG_DIR": "/x"}, "/home/ada/log"))

    assert agent["ProgramArguments"] == COMMAND
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert agent["ThrottleInterval"] == 10
    assert agent["EnvironmentVariables"] == {"CLAUDE_CONFIG_DIR": "/x"}
    assert agent["SoftResourceLimits"]["NumberOfFiles"] > 0
