"""What is examined."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import msgspec

from qwalo.doctor.findings import Finding
from qwalo.settings import Settings


class Subject(msgspec.Struct, frozen=True):
    """`url` is the database's, None where there is none yet or it cannot be started."""

    settings: Settings
    url: str | None

    @property
    def is_local(self) -> bool:
        """Whether people open it on this machine alone."""
        host = urlsplit(self.settings.public_url).hostname or ""
        return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")


# It raises nothing that is to be expected. What it needs of others it awaits: checks run side by side.
Check = Callable[[Subject], Awaitable[list[Finding]]]
