"""One pass of the sync over CLAUDE_CONFIG_DIR into SIMPLE_MEMORY_HOME, in a process of its own. Not a test.

Prints "began" once the store is open, and in the end the most memory that the process held, in kB.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tests import worlds
from tests.sync import stores


def main() -> None:
    """Run it. `max_line_bytes` may stand in argv."""
    given: dict[str, Any] = {"max_line_bytes": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    root = Path(os.environ["SIMPLE_MEMORY_HOME"]).parent
    with stores.Memory(root, Path(os.environ["CLAUDE_CONFIG_DIR"]), **given) as memory:
        print("began", flush=True)  # noqa: T201
        memory.sync()
    print(worlds.most_memory("self"), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
