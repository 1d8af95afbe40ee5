import os
import socket
import sys

import pytest

from simple_memory.service import ports

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")


def test_who_listens_is_named_and_nobody_is_where_nobody_does() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert ports.holder(port) == ""
        listener.listen()
        assert ports.holder(port).startswith(f"pid {os.getpid()} (")
    assert ports.holder(port) == ""
