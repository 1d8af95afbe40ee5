"""The first step of `make start` and `make test`: is this Python new enough? Not the steps themselves (environment.py).

Written so that any Python 3, and Python 2.7 too, can read it and say one clear sentence.
"""

import os
import sys

OLDEST = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")


def find_newer(path):
    for name in NEWER_NAMES:
        for folder in path.split(os.pathsep):
            program = os.path.join(folder, name)
            if folder and os.path.isfile(program) and os.access(program, os.X_OK):
                return program
    return None


def main():
    if sys.version_info[:2] >= OLDEST:
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        sys.path.insert(0, root)
        from scripts import environment

        return environment.main(sys.argv[1:])
    newer = find_newer(os.environ.get("PATH", ""))
    if newer:
        os.execv(newer, [newer, os.path.abspath(__file__)] + sys.argv[1:])
    sys.stderr.write(
        "Simple Memory needs Python 3.11 or newer; %s is Python %d.%d. "
        "Install a newer one, or name it: make start PYTHON=/path/to/python3\n"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
