"""Traces and metrics for OpenTelemetry: `pip install qwalo[otel]`, and OTEL_EXPORTER_OTLP_ENDPOINT.

Whatever else there is to set is in OpenTelemetry's own variables, which its SDK reads.
"""

import threading
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from qwalo import __version__
from qwalo.platform.http.counting import METHODS, NO_ROUTE, RequestCounts
from qwalo.platform.http.origin import current_origin

# What was not sent when the server stops is not waited for any longer.
STOP_SECONDS = 3.0


class Tracing:
    """A span for each request, one for each of its statements, and the figures of `counts` as metrics."""

    def __init__(self, counts: RequestCounts) -> None:
        named = Resource({SERVICE_NAME: "qwalo", SERVICE_VERSION: __version__})
        resource = Resource.create().merge(named).merge(OTELResourceDetector().detect())
        self._spans = TracerProvider(resource=resource)
        self._spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._spans.get_tracer("qwalo", __version__)
        self._statements: Any = AsyncPGInstrumentor()  # type: ignore[no-untyped-call] # it has no annotations
        self._statements.instrument(tracer_provider=_WithoutMessages(self._spans))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        self._metrics = MeterProvider(resource=resource, metric_readers=[reader])
        meter = self._metrics.get_meter("qwalo", __version__)
        self._durations = meter.create_histogram("http.server.request.duration", "s")
        meter.create_observable_up_down_counter("qwalo.sockets.open", [_observing(counts, "sockets")])
        meter.create_observable_up_down_counter("qwalo.streams.open", [_observing(counts, "streams")])
        self._propagator = TraceContextTextMapPropagator()

    def around(self, app: ASGIApp) -> ASGIApp:
        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            # A socket is open for as long as a call: what it does has spans of its own.
            if scope["type"] == ScopeType.HTTP:
                await self._answer(app, scope, receive, send)
            else:
                await app(scope, receive, send)

        return traced

    def stop(self) -> None:
        """Send what is left, unless that takes long: a collector that is away must not hold up the end."""
        self._statements.uninstrument()
        for provider in (self._spans, self._metrics):
            thread = threading.Thread(target=provider.shutdown, daemon=True)
            thread.start()
            thread.join(STOP_SECONDS)

    async def _answer(self, app: ASGIApp, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        context = self._propagator.extract({name: headers.get(name, "") for name in self._propagator.fields})
        span = self._tracer.start_span(scope["method"], context, SpanKind.SERVER)

        async def traced_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                # It ends here, as it is counted here: a stream that stays open is no slow answer.
                self._end(span, scope, message["status"], perf_counter() - started)
            await send(message)

        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                await app(scope, receive, traced_send)
        finally:
            # Without effect on one that has ended.
            if span.is_recording():
                span.end()

    def _end(self, span: Span, scope: HTTPScope, status: int, seconds: float) -> None:
        # The template, and never the address: that of a link holds its token.
        route, method = scope.get("path_template") or NO_ROUTE, scope["method"]
        attributes: dict[str, Any] = {
            # Of any word that a client sends, a series would be made that stays.
            "http.request.method": method if method in METHODS else "_OTHER",
            "http.route": route,
            "http.response.status_code": status,
        }
        self._durations.record(seconds, attributes)
        span.update_name(f"{method if method in METHODS else 'HTTP'} {route}")
        span.set_attributes(attributes | {"qwalo.request_id": current_origin().request_id or ""})
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()


def _observing(counts: RequestCounts, name: str) -> Any:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(getattr(counts, name))]

    return observe


class _WithoutMessages(TracerProvider):
    """For statements: what PostgreSQL says of an error repeats the values that were sent to it."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def get_tracer(self, *arguments: Any, **options: Any) -> Tracer:
        return _QuietTracer(self._provider.get_tracer(*arguments, **options))


class _QuietTracer(Tracer):
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_span(self, *arguments: Any, **options: Any) -> Span:
        return self._tracer.start_span(*arguments, **self._quiet(options))

    def start_as_current_span(self, *arguments: Any, **options: Any) -> Any:
        return self._tracer.start_as_current_span(*arguments, **self._quiet(options))

    def _quiet(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "record_exception": False, "set_status_on_exception": False}
