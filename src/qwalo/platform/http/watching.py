"""How a server process is watched: the frame around requests, and what is loaded only where a setting asks for it."""

import os
from typing import TYPE_CHECKING, Any

import structlog
from litestar import Controller
from litestar.types import ASGIApp

from qwalo.platform.db.pool import Database
from qwalo.platform.http.client_address import TrustedProxies
from qwalo.platform.http.counting import RequestCounts
from qwalo.platform.http.request_frame import RequestFrame
from qwalo.settings import Settings

if TYPE_CHECKING:
    from qwalo.platform.http.tracing import Tracing

log = structlog.get_logger()


class Watching:
    """`controllers` and `shared` are for the application, and `around` goes outside of all of it.

    Outside of the router too: a middleware does not see what no route answers.
    """

    def __init__(self, settings: Settings, db: Database) -> None:
        counts = RequestCounts()
        self._frame = RequestFrame(TrustedProxies(settings.trusted_proxies), counts, log_all=settings.access_log)
        self._snapshots = None
        self._tracing = None
        self.controllers: list[type[Controller]] = []
        self.shared: dict[str, Any] = {}
        if settings.metrics_token is not None:
            from qwalo.platform.http.metrics import Metrics, MetricsController

            metrics = Metrics(settings.metrics_token, db, counts)
            self._snapshots = metrics.snapshots
            self.controllers.append(MetricsController)
            self.shared["metrics"] = metrics
        if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
            self._tracing = _tracing(counts)

    def around(self, app: ASGIApp) -> ASGIApp:
        return self._frame.around(self._tracing.around(app) if self._tracing else app)

    def start(self) -> None:
        """To be called when the event loop runs."""
        if self._snapshots:
            self._snapshots.start()

    def stop(self) -> None:
        if self._snapshots:
            self._snapshots.stop()
        if self._tracing:
            self._tracing.stop()


def _tracing(counts: RequestCounts) -> "Tracing | None":
    try:
        from qwalo.platform.http.tracing import Tracing
    except ModuleNotFoundError as error:
        log.warning("No traces are sent: install qwalo[otel].", missing=error.name)
        return None
    return Tracing(counts)
