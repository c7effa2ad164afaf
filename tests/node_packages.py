"""Packages of npm for the tests, where Node is present: in a `node_modules` that git ignores, installed once.

Their scripts are not run, and no lock file is written: package.json pins each version.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTALL = ("npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline")
SECONDS = 300


def skip_without_node() -> None:
    """Skips the test that calls this where there is no Node, or no npm."""
    if missing := [program for program in ("node", "npm") if shutil.which(program) is None]:
        pytest.skip(f"Node is not here: {' and '.join(missing)} cannot be found.")


def install(folder: Path) -> None:
    """Installs what the package.json of `folder`, and those below it, ask for, unless it is there already."""
    with made_once(folder / "node_modules" / ".qwalo", _manifests(folder)) as missing:
        if missing:
            run(*INSTALL, folder=folder)


@contextmanager
def made_once(stamp: Path, sources: Iterable[Path]) -> Iterator[bool]:
    """Whether what follows from `sources` has to be made. All workers of a run wait for the one that makes it."""
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with stamp.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not stamp.exists() or stamp.read_text() != digest.hexdigest()
        yield missing
        if missing:
            stamp.write_text(digest.hexdigest())


def run(*command: str, folder: Path, variables: Mapping[str, str] | None = None) -> str:
    """What a command printed, which must end well; a program of a package is found in `folder`."""
    path = os.pathsep.join([str(folder / "node_modules" / ".bin"), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path, "NO_COLOR": "1", "FORCE_COLOR": "0"} | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _manifests(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("package.json") if "node_modules" not in path.parts]
