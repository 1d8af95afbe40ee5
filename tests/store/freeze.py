"""Writes databases/vN.sql: a small store of today's schema as SQL text. Not a test; run it once per version.

It also writes the schema's digest to where programs know it by. `python -m tests.store.freeze`
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

import apsw
import apsw.shell

from simple_memory.store import glance, schema, shape
from tests.builders import transcript
from tests.sync import stores


def main() -> None:
    """Write both."""
    _write_digest()
    with tempfile.TemporaryDirectory() as folder:
        claude = Path(folder) / "claude"
        session = transcript.Session(session="5e55a000-0000-4000-8000-00000000f602").prompt("Freeze").title("Frozen")
        session.tool("Bash", {"command": "make"}, result="frozen result " * 300 + "x" * 300).reply("Done.").write(
            claude
        )
        with stores.Memory(Path(folder), claude) as memory:
            memory.sync()
            database = apsw.Connection(memory.home.database, flags=apsw.SQLITE_OPEN_READONLY)
            text = io.StringIO()
            shell = apsw.shell.Shell(stdout=text, db=database)
            shell.process_command(".dump")  # type: ignore[no-untyped-call]
            database.close()
    head = f"PRAGMA application_id = {schema.APPLICATION_ID};\nPRAGMA user_version = {schema.VERSION};\n"
    lines = [line for line in text.getvalue().split("\n") if not line.startswith(("--", "PRAGMA"))]
    place = Path(__file__).parent / "databases" / f"v{schema.VERSION}.sql"
    place.write_text(head + "\n".join(lines).replace(folder, "/home/ada"), encoding="utf-8")


def _write_digest() -> None:
    made = apsw.Connection(":memory:")
    made.execute(schema.current_sql())
    schema.SHAPE = glance.SHAPE = shape.digest(shape.of(made))
    made.close()
    for module in (schema, glance):
        place = Path(str(module.__file__))
        text = place.read_text(encoding="utf-8")
        text = re.sub(r'^SHAPE = "\w+"$', f'SHAPE = "{schema.SHAPE}"', text, flags=re.MULTILINE)
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
