"""Makes sure that there is a browser for the tests: `python -m tests.browser_check`, before pytest."""

import os
import shutil
import subprocess
import sys

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
HINT = (
    "The tests need Chromium: install it (Debian, Ubuntu: sudo apt-get install chromium), "
    "or name the program of Chromium or Chrome in QWALO_CHROMIUM."
)


def find_chromium() -> str | None:
    """The program: the one that QWALO_CHROMIUM names, else the first on the PATH."""
    given = os.environ.get("QWALO_CHROMIUM")
    return shutil.which(given) if given else next(filter(None, map(shutil.which, PROGRAMS)), None)


def main() -> int:
    if find_chromium() is None and _may_install():
        _install()
    if find_chromium() is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    return 0


def _may_install() -> bool:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Whoever names a program wants that one.
    return root and shutil.which("apt-get") is not None and "QWALO_CHROMIUM" not in os.environ


def _install() -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-q", *command], env=environment, check=False)


if __name__ == "__main__":
    sys.exit(main())
