"""Whether the process lives, and whether it can do its work: for load balancers and supervisors."""

from typing import Any, ClassVar, Literal

import msgspec
from litestar import Controller, get

from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import problems
from qwalo.platform.http.marks import LIMIT, PUBLIC
from qwalo.platform.http.problems import Unavailable


class Health(msgspec.Struct, frozen=True):
    status: Literal["live", "ready"]

    EXAMPLE: ClassVar[dict[str, Any]] = {"status": "ready"}


class HealthController(Controller):
    path = "/health"
    tags = ("Health",)
    opt = {PUBLIC: True, LIMIT: ()}  # noqa: RUF012 - Litestar's attribute, not ours to make a ClassVar

    db: Database

    @get("/live", summary="Whether the process lives")
    async def live(self) -> Health:
        return Health("live")

    @get("/ready", summary="Whether the database answers", responses=problems(Unavailable))
    async def ready(self) -> Health:
        await self.db.ping()
        return Health("ready")
