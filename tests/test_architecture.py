"""What the contracts in .importlinter cannot see: what a command really loads, and calls in the wrong place."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import shape

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "simple_memory"
PACKAGE = shape.python_files(SOURCE)
WAITS = ROOT / "tests" / "worlds.py"  # the one bounded wait that all tests share
TESTS = shape.python_files(ROOT / "tests")

HEAVY = frozenset(
    {
        "anyio", "asyncio", "mcp", "msgspec", "pydantic", "rich", "starlette", "tantivy", "textual", "uvicorn",
        "watchfiles", "zstandard",
        "simple_memory.daemon", "simple_memory.sources", "simple_memory.sync", "simple_memory.mcp_server",
    }
)  # fmt: skip
"""What the commands that run all the time must not load: frameworks, and the parts that write."""
LIGHT_COMMANDS = (["status"], ["status", "--json"], ["stop"], ["logs"], ["--help"], ["--version"])
SPY = """
import runpy, sys
sys.argv = ["simple-memory", *sys.argv[1:]]
try:
    runpy.run_module("simple_memory", run_name="__main__", alter_sys=True)
except SystemExit:
    pass
finally:
    sys.stdout = sys.stderr
    print("LOADED", *sorted(sys.modules))
"""


def loaded_by(arguments: list[str], home: Path) -> set[str]:
    """Return the modules that a command has loaded by its end, in a world where nothing runs and nothing is there."""
    environment = {
        "HOME": str(home),
        "SIMPLE_MEMORY_HOME": str(home / "memory"),
        "CLAUDE_CONFIG_DIR": str(home / "claude"),
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", SPY, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    marked = [line for line in done.stderr.split("\n") if line.startswith("LOADED ")]
    assert marked, done.stderr
    return set(marked[-1].split()[1:])


def hits(loaded: set[str], heavy: frozenset[str]) -> list[str]:
    return sorted(name for name in loaded if any(name == part or name.startswith(part + ".") for part in heavy))


@pytest.mark.parametrize("arguments", LIGHT_COMMANDS, ids=" ".join)
def test_a_light_command_loads_no_framework_and_nothing_that_writes(arguments: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(arguments, tmp_path)

    assert "simple_memory" in loaded
    assert hits(loaded, HEAVY) == []


@pytest.mark.parametrize("arguments", [["search", "word", "--limit", "3"], ["show", "x"], ["projects"]], ids=" ".join)
def test_a_command_that_reads_loads_nothing_that_costs_it_a_tenth_of_its_time(
    arguments: list[str], tmp_path: Path
) -> None:
    loaded = loaded_by(arguments, tmp_path)

    assert "simple_memory.store.connection" in loaded
    assert hits(loaded, frozenset({"argparse", "dataclasses", "inspect", "shutil", "textwrap", "typing"})) == []


@pytest.mark.parametrize("arguments", [["search", "word"], ["show", "x"], ["sessions"], ["browse"]], ids=" ".join)
def test_what_only_the_browser_needs_is_loaded_by_nothing_else(arguments: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(arguments, tmp_path)

    assert "simple_memory" in loaded
    assert hits(loaded, frozenset({"asyncio", "rich", "textual"})) == []


@pytest.mark.parametrize("module", ["errors", "config"])
def test_the_ground_modules_load_nothing_slow(module: str) -> None:
    code = f"import simple_memory.{module}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    slow = {"argparse", "dataclasses", "enum", "inspect", "json", "logging", "pathlib", "re", "typing"}
    bare = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert (set(done.stdout.split()) - set(bare.stdout.split())) & slow == set()


def uses(files: list[Path], banned: dict[str, str]) -> list[str]:
    return [use for path in files for use in shape.banned_calls(path, banned)]


def test_only_the_commands_output_prints() -> None:
    files = [path for path in PACKAGE if path != SOURCE / "cli" / "output.py"]

    assert uses(files, {"print": "say it through cli/output.py"}) == []


def test_only_the_store_speaks_sql() -> None:
    begins = re.compile(r"\s*(SELECT .*FROM|INSERT |UPDATE .*SET|DELETE FROM|CREATE |PRAGMA |BEGIN)", re.DOTALL)
    files = [path for path in PACKAGE if path.parent.name != "store"]

    assert [f"{path}:{text[:50]}" for path in files for text in shape.texts(path) if begins.match(text)] == []


def test_only_config_reads_the_environment() -> None:
    files = [path for path in PACKAGE if path != SOURCE / "config.py"]

    assert uses(files, {"os.environ": "ask config", "os.getenv": "ask config", "os.environb": "ask config"}) == []


def test_there_is_one_sqlite_library() -> None:
    for path in PACKAGE:
        assert "import sqlite3" not in path.read_text(encoding="utf-8"), path


def test_transcripts_are_split_on_line_feeds_only() -> None:
    files = [path for path in PACKAGE if path.parent.name in {"sync", "sources"} or "sources" in path.parts]

    assert uses(files, {"*.splitlines": "splits on U+2028 and U+0085 too", "*.readlines": "splits in text mode"}) == []


def test_the_databases_files_are_opened_by_sqlite_alone() -> None:
    suspicious = {"open", "os.open", "io.open", "shutil.copy", "shutil.copyfile", "*.read_bytes", "*.write_bytes"}
    allowed = {"connection.py", "writer_lock.py", "schema.py"}
    allowed |= {"vocabulary.py", "segments.py"}  # files of the index
    files = [path for path in PACKAGE if path.parent.name == "store" and path.name not in allowed]

    assert uses(files, dict.fromkeys(sorted(suspicious), "drops SQLite's locks in this process")) == []


def test_no_test_sleeps() -> None:
    files = [path for path in TESTS if path != WAITS]

    assert uses(files, {"time.sleep": "wait for the event, with a bound", "asyncio.sleep": "the same"}) == []


def test_nothing_deserialises_code() -> None:
    assert uses(PACKAGE, {"pickle.loads": "runs code", "marshal.loads": "runs code", "eval": "runs code"}) == []
