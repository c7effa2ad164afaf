"""Processes that belong together end together, also when one of them is killed."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable

_POLL_SECONDS = 0.5
# Set for the processes that `qwalo serve` starts: whom they belong to.
_SERVER_PID = "QWALO_SERVER_PID"


def own_children() -> None:
    """Have the Qwalo processes that are started from here end with this one."""
    os.environ[_SERVER_PID] = str(os.getpid())


def stop_with_parent() -> None:
    """Ask this process to stop when the server that started it is gone, however it went."""
    # By its number from before: it can be gone before this process has come so far.
    parent = int(os.environ.get(_SERVER_PID) or os.getppid())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def call_when_told_to_stop(callback: Callable[[], None]) -> None:
    """Call `callback` in the running event loop once this process gets a signal to stop.

    The loop's own handlers, by which the server stops, are called as before: they hear of signals in another way.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(callback))
