"""What systemd and launchd are given to run the service; pure. Not how it is installed (install.py)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEMD_NAME = "simple-memory.service"
LAUNCHD_LABEL = "simple-memory"

WATCHDOG_S = 60
"""The main loop says that it goes round every 5 s; after so long without it systemd starts it anew."""

_UNIT = """\
[Unit]
Description=Simple Memory: keeps the conversations of coding agents
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
{environment}Restart=on-failure
RestartSec=2
TimeoutStartSec=30
TimeoutStopSec=15
WatchdogSec={watchdog}
KillMode=mixed

# Never in the way of the person's own work, and never without bounds.
Nice=5
CPUWeight=20
IOWeight=20
MemoryHigh=768M
MemoryMax=1536M
TasksMax=64
LimitNOFILE=4096

# It reads transcripts, writes its own folder, and speaks over local sockets. More it does not need.
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=default.target
"""


def systemd_unit(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the text of the systemd user unit that runs `command` (absolute) with `environment` added."""
    variables = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in environment.items())
    return _UNIT.format(command=" ".join(_quoted(part) for part in command), environment=variables, watchdog=WATCHDOG_S)


def _quoted(part: str) -> str:
    """Return one word of a unit file: specifiers doubled, quoted where systemd would split or expand it."""
    plain = part.replace("%", "%%").replace("$", "$$")
    if plain and not set(plain) & set(" \t\n\"'\\;"):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def launchd_agent(command: Sequence[str], environment: Mapping[str, str], log: str) -> bytes:
    """Return the property list of the launchd agent that runs `command`; what it prints goes to the file `log`."""
    import plistlib

    return plistlib.dumps(
        {
            "Label": LAUNCHD_LABEL,
            "ProgramArguments": list(command),
            "EnvironmentVariables": dict(environment),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 10,
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "Nice": 5,
            "Umask": 0o077,
            "SoftResourceLimits": {"NumberOfFiles": 4096, "NumberOfProcesses": 512},
            "StandardOutPath": "/dev/null",
            "StandardErrorPath": log,
        }
    )
