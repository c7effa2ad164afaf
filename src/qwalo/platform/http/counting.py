"""What a server process counts while it answers. What is read from it is made in `metrics`, at the reader's cost."""

from bisect import bisect_left

import msgspec

# Seconds; what takes longer than the last is in none of them.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# What no route answered: the address itself is the client's to choose, and could be a new one each time.
NO_ROUTE = "none"
# So is the method.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET"})

Key = tuple[str, str, int]


class Answers(msgspec.Struct):
    """Of one route, method and status. `buckets` has one place more than BOUNDS, for what is slower."""

    buckets: list[int]
    seconds: float = 0.0

    @classmethod
    def none(cls) -> "Answers":
        return cls([0] * (len(BOUNDS) + 1))


class RequestCounts:
    """Since the start of the process; sockets and streams are those that are open now."""

    def __init__(self) -> None:
        self.answers: dict[Key, Answers] = {}
        self.sockets = 0
        self.streams = 0

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        answers = self.answers.get((route, method, status)) or self._first(route, method, status)
        answers.buckets[bisect_left(BOUNDS, seconds)] += 1
        answers.seconds += seconds

    def _first(self, route: str, method: str, status: int) -> Answers:
        key = (route, method if method in METHODS else "other", status)
        return self.answers.setdefault(key, Answers.none())
