from pathlib import Path

import pytest

from scripts import faults_page

ROWS = [row for rows in faults_page.ROWS.values() for row in rows]


def test_every_row_has_a_test_and_every_mark_a_known_form() -> None:
    found = faults_page.proofs(faults_page.ROOT / "tests")
    assert [row for row in ROWS if row not in found] == []
    assert [row for row in found if row[0] not in "LMPST" or not row[1:].isdecimal()] == []


@pytest.mark.parametrize(
    ("title", "letter", "last"),
    [
        ("Life cycle", "L", 19),
        ("Transcripts", "T", 16),
        ("Store", "S", 14),
        ("MCP server and SQL", "M", 8),
        ("Limits and privacy", "P", 15),
    ],
)
def test_all_rows_are_there(title: str, letter: str, last: int) -> None:
    assert list(faults_page.ROWS[title]) == [f"{letter}{number}" for number in range(1, last + 1)]


def test_marks_are_found_with_their_rows_and_long_ones_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults_page, "ROOT", tmp_path)
    file = tmp_path / "test_a.py"
    file.write_text("@pytest.mark.chaos\n@pytest.mark.fault('L1', 'P2')\ndef test_b() -> None: ...\n")
    proof = ("test_a.py", "test_b", True)
    assert faults_page.proofs(tmp_path) == {"L1": [proof], "P2": [proof]}
