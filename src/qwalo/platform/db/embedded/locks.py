"""Locks on files, which the kernel gives up for a process that is killed."""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_descriptors: set[int] = set()


class FileLock:
    """An open lock file. Python opens it close-on-exec, and a fork closes it: no child ever holds it."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        _descriptors.add(self._descriptor)

    def exclusive(self) -> None:
        """Wait until nobody else has the lock, and take it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def try_exclusive(self) -> bool:
        """Take the lock if nobody else has it. A refusal may cost a shared lock held until now."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def shared(self) -> None:
        """Share the lock: with others who share it, and with nobody who has it for themselves."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        # Closing alone would leave the lock with a copy of the descriptor, in a child being forked right now.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        _descriptors.discard(self._descriptor)
        os.close(self._descriptor)


def _close_in_child() -> None:
    for descriptor in _descriptors:
        os.close(descriptor)
    _descriptors.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_close_in_child)
