import pytest

from scripts import soak

FLAT: soak.Samples = [(float(at), {"supervisor": 9.0, "sync": 40.0, "mcp": 60.0}) for at in range(0, 80, 10)]
GROWING: soak.Samples = [(at, {**held, "sync": 40.0 + at}) for at, held in FLAT]


def test_flat_memory_has_not_grown_and_a_leak_has() -> None:
    assert [soak.growth(FLAT, name) for name in soak.NAMES] == [0.0, 0.0, 0.0]
    assert soak.growth(GROWING, "sync") == pytest.approx(40.0)


def test_the_picture_is_whole_and_names_each_process() -> None:
    from xml.etree import ElementTree

    drawn = soak.picture(GROWING)
    ElementTree.fromstring(drawn)
    assert [f">{name}</text>" in drawn for name in soak.NAMES] == [True] * 3
    assert drawn.count("<polyline") == 3
