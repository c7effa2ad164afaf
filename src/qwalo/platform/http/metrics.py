"""`/metrics` for Prometheus, for whoever has the token; without QWALO_METRICS_TOKEN there is no such address."""

import hmac

from litestar import Controller, Response, get
from litestar.connection import Request
from litestar.datastructures import State

from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.http.counting import RequestCounts
from qwalo.platform.http.exposition import text
from qwalo.platform.http.marks import LIMIT, PUBLIC
from qwalo.platform.http.problems import Problem
from qwalo.platform.jobs.counting import Waiting, waiting_jobs
from qwalo.platform.snapshots import Snapshot, Snapshots

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsClosed(Problem):
    """Who asks has not the token of the setting."""

    status = 401
    code = "metrics-closed"
    title = "The metrics are closed"

    def __init__(self) -> None:
        super().__init__("Send the value of QWALO_METRICS_TOKEN: Authorization: Bearer TOKEN.")
        self.headers["WWW-Authenticate"] = "Bearer"


class Metrics:
    """What this process and those beside it have counted."""

    def __init__(self, token: str, db: Database, counts: RequestCounts) -> None:
        self._token = token.encode()
        self._db = db
        self._counts = counts
        self.snapshots = Snapshots(self._snapshot)

    def check(self, authorization: str) -> None:
        """Raises MetricsClosed."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise MetricsClosed

    async def text(self) -> bytes:
        """In Prometheus' text format. Where the database is away, that is one of the metrics."""
        return text(self.snapshots.read(), await self._jobs())

    async def _jobs(self) -> list[Waiting] | None:
        try:
            async with self._db.connection() as conn:
                return await waiting_jobs(conn)
        except DatabaseUnavailable:
            return None

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            answers=list(self._counts.answers.items()),
            sockets=self._counts.sockets,
            streams=self._counts.streams,
            connections=self._db.size,
            connections_used=self._db.in_use,
            requests_waiting=self._db.waiting,
        )


class MetricsController(Controller):
    path = "/metrics"
    opt = {PUBLIC: True, LIMIT: ()}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    metrics: Metrics

    @get()
    async def show(self, request: Request[None, None, State]) -> Response[bytes]:
        self.metrics.check(request.headers.get("authorization", ""))
        return Response(await self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
