"""The documentation is held to the code: generated pages are fresh, links lead somewhere, promises are kept."""

import re
import tomllib
from pathlib import Path

import pytest

from scripts import cli_page, docs, schema_page
from simple_memory import __main__ as program
from simple_memory import config, errors
from simple_memory.store import schema

ROOT = docs.ROOT
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
JSON_PAGE = ROOT / "docs" / "json.md"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as the usual renderers make them."""
    titles = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_generated_pages_are_fresh() -> None:
    assert docs.stale(ROOT) == [], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?s)```.*?```|`[^`]*`", "", read(page))):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page if not name else (page.parent / name).resolve()
        assert path.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(read(path)), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_cites_line_numbers(page: Path) -> None:
    assert re.findall(r"\w\.(?:py|sql):\d+|\bline \d+ of\b", read(page)) == []


def test_every_command_stands_in_the_readme_and_in_the_table_of_commands() -> None:
    listed = read(ROOT / "docs" / "cli.md")
    for name, module, _ in program.COMMANDS:
        if cli_page.is_there(module):
            assert f"\n## {name}\n" in listed
        assert re.search(rf"`{name}\b", read(ROOT / "README.md")), name


def test_the_exit_codes_of_the_page_are_those_of_the_program() -> None:
    listed = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", cli_page.HEAD)}
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}

    assert listed == codes


def test_every_view_and_column_is_explained() -> None:
    found = schema_page.views(schema.current_sql())

    assert set(found) == set(schema_page.ABOUT)
    assert [
        f"{view}.{column.name}" for view, columns in found.items() for column in columns if not column.meaning
    ] == []


def test_every_setting_stands_in_the_guide_with_its_default() -> None:
    guide = read(ROOT / "docs" / "guide.md")
    for name in config.Settings.__slots__:
        assert f"`{name}`" in guide, name


def test_every_error_code_stands_in_the_promise() -> None:
    def tree(of: type[errors.SimpleMemoryError]) -> list[type[errors.SimpleMemoryError]]:
        return [of, *(found for child in of.__subclasses__() for found in tree(child))]

    text = read(JSON_PAGE)
    assert [error.code for error in tree(errors.SimpleMemoryError) if f"`{error.code}`" not in text] == []


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]

    assert re.search(rf"(?m)^## \[({re.escape(version)}|Unreleased)\]", read(ROOT / "CHANGELOG.md"))


def test_the_makefile_has_every_target_that_the_pages_name() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", read(ROOT / "Makefile")))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)", read(page))}

    assert named <= targets


def test_every_default_in_the_tables_of_settings_is_the_programs() -> None:
    settings = config.Settings()
    for page in ("guide.md", "operations.md"):
        table = read(ROOT / "docs" / page).partition("## Settings")[2].partition("\n## ")[0]
        for names, default in re.findall(r"(?m)^\| ((?:`\w+`(?:, )?)+) \| (\d+) \|", table):
            for name in re.findall(r"\w+", names):
                assert getattr(settings, name) == int(default), (page, name)
