"""Programs that the tests need besides Python's, installed where that is possible: root on Debian or Ubuntu."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


def may_install() -> bool:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return root and shutil.which("apt-get") is not None


def install(package: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "-q", *command], env=environment, check=False)


@contextmanager
def service_stays_off(name: str) -> Iterator[None]:
    """A package that is installed within neither starts its service nor has it start with the machine."""
    _systemctl("mask", name)
    yield
    _systemctl("unmask", name)
    _systemctl("disable", name)


def _systemctl(verb: str, service: str) -> None:
    # It also does this where systemd does not run, in a container for one.
    if shutil.which("systemctl"):
        subprocess.run(["systemctl", "--quiet", verb, service], check=False)
