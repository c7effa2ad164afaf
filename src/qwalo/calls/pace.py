"""How much one socket may send. A browser in a call stays far below; a program that floods is cut off."""

import time

from qwalo.calls.messages import Close, FromBrowser, Pong, SendSignal
from qwalo.calls.refusals import Refused


class Allowance:
    """`burst` at once, and `rate` a second in the long run."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Pace:
    """Of one socket: candidates come in bursts, while what is written to the database comes from people's hands."""

    def __init__(self) -> None:
        self._all = Allowance(rate=50, burst=400)
        self._written = Allowance(rate=2, burst=30)

    def keep(self, message: FromBrowser) -> None:
        """Raises Refused when there are too many."""
        if not self._all.take() or not (isinstance(message, SendSignal | Pong) or self._written.take()):
            raise Refused(Close.TOO_MANY, "Too many messages came in a short time.")
