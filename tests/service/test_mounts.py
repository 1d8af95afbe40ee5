"""A home on a network's file system is told from one on a disk (fault S12)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.service import mounts, status
from simple_memory.upkeep import doctor

LINE = "36 35 {device} / /mnt/home rw,noatime shared:1 - {kind} server:/export rw,vers=4.2\n"


def listed(tmp_path: Path, kind: str) -> str:
    """Return a list of mounts in which the file system of `tmp_path` is of that kind, and all else is not."""
    device = os.stat(tmp_path).st_dev
    file = tmp_path / "mountinfo"
    file.write_text(
        LINE.format(device="0:9999", kind="nfs4")
        + "a line that nobody understands\n"
        + LINE.format(device=f"{os.major(device)}:{os.minor(device)}", kind=kind)
    )
    return str(file)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
@pytest.mark.fault("S12")
def test_a_networks_file_system_is_known_by_its_kind_also_where_the_folder_is_yet_to_be_made(
    tmp_path: Path, kind: str
) -> None:
    mounted = listed(tmp_path, kind)
    assert mounts.network_kind(str(tmp_path), mounts=mounted) == kind
    assert mounts.network_kind(str(tmp_path / "to" / "be" / "made"), mounts=mounted) == kind


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "tmpfs", "overlay", "fuseblk"])
def test_a_disk_is_no_network(tmp_path: Path, kind: str) -> None:
    assert mounts.network_kind(str(tmp_path), mounts=listed(tmp_path, kind)) is None


def test_where_the_system_does_not_tell_nothing_is_claimed(tmp_path: Path) -> None:
    assert mounts.network_kind(str(tmp_path), mounts=str(tmp_path / "nowhere")) is None


@pytest.mark.fault("S12")
def test_status_and_doctor_say_what_a_home_on_a_network_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = config.Home(str(tmp_path / "memory"))
    assert not any("network" in hint for hint in status.report(home)["hints"])
    monkeypatch.setattr(mounts, "network_kind", lambda _: "nfs4")
    answer = status.report(home)
    assert answer["database"]["network"] == "nfs4"
    assert any("nfs4" in hint and "SIMPLE_MEMORY_HOME" in hint for hint in answer["hints"])
    config.make_home(home)
    (finding,) = [found for found in doctor.examine(home, thorough=False) if found.part == "place"]
    assert "nfs4" in finding.problems[0]
    assert finding.remedy is doctor.Remedy.PERSON
