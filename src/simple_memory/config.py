"""Where everything is and how it is set; the only module that reads the environment.

Light on purpose: `status` imports it, so it loads nothing that is slow (no dataclasses, no pathlib);
tomllib is loaded only where a `config.toml` exists.
"""

from __future__ import annotations

import os
import sys

from simple_memory import errors

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class Home:
    """The folder that holds everything of ours. All attributes are absolute paths as `str`."""

    __slots__ = (
        "backups",
        "canary",
        "control_socket",
        "database",
        "index",
        "lock",
        "logs",
        "mcp_socket",
        "root",
        "run",
        "settings",
        "state",
        "stopped",
        "writer_lock",
    )

    def __init__(self, root: str) -> None:
        """Take the folder's path, absolute; nothing is made or read."""
        self.root = root
        self.database = os.path.join(root, "memory.db")
        self.index = os.path.join(root, "index")
        self.settings = os.path.join(root, "config.toml")
        self.logs = os.path.join(root, "logs")
        self.backups = os.path.join(root, "backups")
        self.run = os.path.join(root, "run")
        self.lock = os.path.join(self.run, "service.lock")
        self.writer_lock = os.path.join(self.run, "writer.lock")
        self.canary = os.path.join(self.run, "canary")  # holds our own test transcript, for a moment
        self.state = os.path.join(self.run, "state.json")
        self.stopped = os.path.join(self.run, "stopped")  # there while the person wants no service
        self.mcp_socket = os.path.join(self.run, "mcp.sock")
        self.control_socket = os.path.join(self.run, "control.sock")

    def pid_file(self, name: str) -> str:
        """Return the path of the PID file of `supervisor`, `sync` or `mcp`."""
        return os.path.join(self.run, name + ".pid")

    def log_file(self, name: str) -> str:
        """Return the path of the newest log of `supervisor`, `sync` or `mcp`."""
        return os.path.join(self.logs, name + ".log")


def find_home() -> Home:
    """Return the home that the environment names: SIMPLE_MEMORY_HOME, else the platform's user data folder."""
    named = os.environ.get("SIMPLE_MEMORY_HOME")
    if named:
        return Home(os.path.abspath(os.path.expanduser(named)))
    return Home(_platform_data_folder())


def _platform_data_folder() -> str:
    platform: str = sys.platform
    if platform.startswith("linux"):  # what platformdirs gives here, without its import (2.6 × `python -c pass`)
        base = os.environ.get("XDG_DATA_HOME", "")
        if not os.path.isabs(base):
            base = os.path.expanduser("~/.local/share")
        return os.path.join(base, "simple-memory")
    import platformdirs

    return platformdirs.user_data_dir("simple-memory", appauthor=False)


def make_home(home: Home) -> None:
    """Make the home and its folders, 0700 whatever the umask; repair the mode of the home if it is ours.

    Raises HomeUnusable when the folder cannot be made or written, is a link, or belongs to another user.
    """
    try:
        os.makedirs(os.path.dirname(home.root), exist_ok=True)
        for folder in (home.root, home.run, home.logs):
            make_private(folder)
    except FileExistsError as error:
        raise errors.HomeUnusable(
            f"{error.filename or home.root} is not a folder.", "Move it away, or set SIMPLE_MEMORY_HOME."
        ) from error
    except OSError as error:
        raise errors.HomeUnusable(
            f"The home folder {home.root} cannot be used: {error.strerror or error}.",
            "Set SIMPLE_MEMORY_HOME to a folder that you can write.",
        ) from error


def make_private(folder: str) -> None:
    """Make `folder`, 0700 whatever the umask, or repair its mode if it is ours. Raises HomeUnusable, OSError."""
    try:
        os.mkdir(folder, FOLDER_MODE)
    except FileExistsError:
        pass
    found = os.lstat(folder)
    if (found.st_mode & 0o170000) != 0o040000:
        raise errors.HomeUnusable(f"{folder} is not a folder.", "Move it away, or set SIMPLE_MEMORY_HOME.")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise errors.HomeUnusable(
            f"{folder} belongs to another user (uid {found.st_uid}).", "Set SIMPLE_MEMORY_HOME to a folder of your own."
        )
    if found.st_mode & 0o777 != FOLDER_MODE:
        os.chmod(folder, FOLDER_MODE)


class Settings:
    """What `config.toml` may set, with its defaults. One attribute is one key; units are in the name."""

    __slots__ = (
        "crashes_at_most",
        "disk_floor_bytes",
        "heartbeat_s",
        "index_heap_bytes",
        "load_per_core",
        "log_bytes_total",
        "log_format",
        "max_line_bytes",
        "mcp_memory_bytes",
        "never",
        "nice",
        "pack_quiet_days",
        "prices",
        "redact_on_read",
        "rescan_s",
        "retry_longest_s",
        "share_on_battery",
        "share_under_load",
        "shrink_images_days",
        "shrink_tool_output_days",
        "stall_s",
        "sync_memory_bytes",
        "watched_folders_at_most",
    )

    def __init__(self) -> None:
        """Set every default."""
        self.never: list[str] = []  # directories of projects, or globs of transcripts' paths, that are never read
        self.prices: dict[str, dict[str, float]] = {}  # of models, in US dollars per million tokens (prices.toml)
        self.redact_on_read: bool = False  # keys and tokens are replaced by marks before anything is stored
        self.shrink_images_days: int = 0  # what `shrink` drops where nothing is said: images older than this; 0: none
        self.shrink_tool_output_days: int = 0  # … and the rest of long tool output older than this; 0: none
        self.pack_quiet_days: float = 1.0  # transcripts untouched for so long are packed anew, smaller; 0: none
        self.rescan_s: float = 60.0  # a full look at every transcript, for what events missed
        self.heartbeat_s: float = 2.0  # how often a worker says that it lives
        self.stall_s: float = 20.0  # after this long without a heartbeat a worker counts as hung
        self.sync_memory_bytes: int = 1024 * 1024 * 1024  # a worker of more private memory is ended and started again
        self.mcp_memory_bytes: int = 1024 * 1024 * 1024
        self.log_bytes_total: int = 32 * 1024 * 1024  # all logs together, at every instant
        self.log_format: str = "logfmt"  # or "json": how a line of a log is written
        self.max_line_bytes: int = 32 * 1024 * 1024  # a longer line is archived, counted and not parsed
        self.index_heap_bytes: int = 48 * 1024 * 1024  # what the index writer may hold before it writes a segment
        self.disk_floor_bytes: int = 500_000_000  # with less room on the disk nothing more is read; 0: no floor
        self.nice: int = 10  # how far the sync worker stands back, 0 to 19; Linux ranks its disk access by it too
        self.share_on_battery: float = 0.25  # of its time a first import takes while the machine is on battery; 1: all
        self.share_under_load: float = 0.25  # the same while others want the machine
        self.load_per_core: float = 1.0  # more load than this, per core and without our own, is others' wanting it
        self.watched_folders_at_most: int = 50_000  # with more folders the system is not asked to tell of changes
        self.retry_longest_s: float = 60.0  # after failures reading waits 1, 2, 4, … s, and never longer than this
        self.crashes_at_most: int = 5  # of a worker in five minutes; after one more it is left alone


def load_settings(home: Home) -> Settings:
    """Return the defaults, changed by the home's `config.toml` where there is one.

    Raises SettingsInvalid for what is no file of TOML, an unknown key, or a value that is not of its form.
    """
    settings = Settings()
    if os.path.lexists(home.settings):
        from simple_memory import settings_file  # most homes have none

        settings_file.apply(home.settings, settings)
    return settings


def runtime_folder() -> str | None:
    """Return the user's folder for sockets (XDG_RUNTIME_DIR), or None where there is none of ours."""
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isabs(folder) or not os.path.isdir(folder) or os.stat(folder).st_uid != os.getuid():
        return None
    return folder


def claude_config_dirs() -> list[str]:
    """Return the folders where Claude Code may keep its data, those of CLAUDE_CONFIG_DIR (comma-separated) if set.

    They need not exist. Source: the agent's documentation, and ccusage for the comma and the XDG folder.
    """
    named = os.environ.get("CLAUDE_CONFIG_DIR", "")
    given = [os.path.abspath(os.path.expanduser(part.strip())) for part in named.split(",") if part.strip()]
    if given:
        return given
    return [os.path.expanduser("~/.claude"), os.path.join(xdg_config_folder(), "claude")]


def claude_own_folder() -> str:
    """Return the folder that Claude Code itself would use if started here; "" where CLAUDE_CONFIG_DIR names several."""
    if not os.environ.get("CLAUDE_CONFIG_DIR"):
        return os.path.expanduser("~/.claude")
    named = claude_config_dirs()
    return named[0] if len(named) == 1 else ""


def named_folder(variable: str, otherwise: str) -> str:
    """Return the absolute path that the environment variable names, else `otherwise` with ~ resolved ("" stays)."""
    named = os.environ.get(variable, "") if variable else ""
    path = named or otherwise
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def xdg_config_folder() -> str:
    """Return the person's folder of settings as XDG has it: XDG_CONFIG_HOME, else ~/.config."""
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    return folder if os.path.isabs(folder) else os.path.expanduser("~/.config")


def application_folder() -> str:
    """Return the folder in which desktop applications keep their settings."""
    return os.path.expanduser("~/Library/Application Support") if sys.platform == "darwin" else xdg_config_folder()


def chosen_home() -> str | None:
    """Return the home folder if the environment chose it; None if it is where anyone would look."""
    chosen = os.environ.get("SIMPLE_MEMORY_HOME") or os.path.isabs(os.environ.get("XDG_DATA_HOME", ""))
    return find_home().root if chosen else None


def agent_environment() -> dict[str, str]:
    """Return the few variables that an agent's own environment is sure to have."""
    kept = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "USER", "XDG_RUNTIME_DIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def environment_with(more: dict[str, str]) -> dict[str, str]:
    """Return the whole environment as it is here, with the variables of `more` set."""
    return {**os.environ, **more}


def service_environment(home: Home) -> dict[str, str]:
    """Return the environment for the service: what is here, with the places that we read made absolute.

    The service works in another directory, where a relative path would mean something else.
    """
    given = dict(os.environ)
    given["SIMPLE_MEMORY_HOME"] = home.root
    if given.get("CLAUDE_CONFIG_DIR"):
        given["CLAUDE_CONFIG_DIR"] = ",".join(claude_config_dirs())
    return given


_MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "524288", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""What glibc reads at a process's start. Left to itself it gives every thread a heap of its own and keeps what each has
freed: the sync worker, whose index starts threads at each commit, grew by 10 MB in an hour (docs/decisions/0013)."""


_MALLOC_FOR_ONE_PASS = {**_MALLOC, "MALLOC_MMAP_THRESHOLD_": "1000000", "MALLOC_TRIM_THRESHOLD_": "4194304"}
"""For a process that ends with its work: what an import takes and frees at once is new from the system less often.
Blocks of a mebibyte are: the index's engine holds them by the dozen until it commits, and they leave holes."""


def worker_environment() -> dict[str, str]:
    """Return the environment for a worker: our own, and how memory that was freed goes back to the system."""
    return {**_MALLOC, **os.environ}


def pass_environment() -> dict[str, str]:
    """Return the environment for a process that does one thing and ends: our own, and few heaps for its threads."""
    return {**_MALLOC_FOR_ONE_PASS, **os.environ}


def colour_wanted(is_terminal: bool) -> bool:
    """Return whether to colour text: only on a terminal, and not where NO_COLOR is set."""
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_columns(otherwise: int) -> int:
    """Return how wide the terminal is that stdout is: what COLUMNS says, else the terminal itself; or `otherwise`."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or otherwise
    except OSError:
        return otherwise


def systemd_folder() -> str:
    """Return the folder of the user's own systemd units; it need not exist."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.config")
    return os.path.join(base, "systemd", "user")


def launchd_folder() -> str:
    """Return the folder of the user's own launchd agents; it need not exist."""
    return os.path.expanduser("~/Library/LaunchAgents")


def take_notify_socket() -> str:
    """Return where systemd wants to hear of us ("" for nowhere), and take it out of the environment of our children."""
    os.environ.pop("WATCHDOG_PID", None)
    return os.environ.pop("NOTIFY_SOCKET", "")


def agents_variables() -> dict[str, str]:
    """Return the variables that say where agents keep their files, if set: an installed service must see the same."""
    names = ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME")
    return {name: os.environ[name] for name in names if os.environ.get(name)}
