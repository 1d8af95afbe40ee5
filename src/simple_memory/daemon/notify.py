"""Tells systemd how the service is: one datagram per word (sd_notify(3)). Without systemd it tells nobody."""

from __future__ import annotations

import socket


class Notifier:
    """Speaks to the service manager that started us, if one did. Never raises: nobody depends on being heard."""

    def __init__(self, address: str) -> None:
        """Take the address from NOTIFY_SOCKET: a path, "@name" for an abstract one, "" for none."""
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def ready(self, status: str) -> None:
        """Say that the service serves; `status` is a line for people."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def alive(self) -> None:
        """Say that the main loop goes round: feeds the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1\nSTATUS=ending")

    def _send(self, words: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.setblocking(False)
                speaker.sendto(words.encode("utf-8"), self._address)
        except OSError:
            pass


def _line(text: str) -> str:
    return text.replace("\n", " ")
