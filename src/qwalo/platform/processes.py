"""Processes that belong together end together, also when one of them is killed."""

import os
import signal
import threading
import time

_POLL_SECONDS = 0.5


def stop_with_parent() -> None:
    """Ask this process to stop when the one that started it is gone, however it went."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()
