"""Makes sure that there is a browser for the tests: `python -m tests.browser_check`, before pytest."""

import os
import shutil
import sys

from tests import debian

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
    # Whoever names a program wants that one.
    if find_chromium() is None and "QWALO_CHROMIUM" not in os.environ and debian.may_install():
        debian.install("chromium")
    if find_chromium() is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
