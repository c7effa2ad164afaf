"""Whether the process lives, and whether it can do its work: for load balancers and supervisors."""

from litestar import Controller, get

from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import problems
from qwalo.platform.http.injection import Injected
from qwalo.platform.http.marks import PUBLIC
from qwalo.platform.http.problems import Unavailable


class HealthController(Controller):
    path = "/health"
    tags = ("Health",)
    opt = {PUBLIC: True}  # noqa: RUF012 - Litestar's attribute, not ours to make a ClassVar

    @get("/live", summary="Whether the process lives")
    async def live(self) -> dict[str, str]:
        return {"status": "live"}

    @get("/ready", summary="Whether the database answers", responses=problems(Unavailable))
    async def ready(self, db: Injected[Database]) -> dict[str, str]:
        async with db.connection() as conn:
            await conn.execute("SELECT 1")
        return {"status": "ready"}
