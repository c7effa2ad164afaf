"""Traces and metrics as a collector gets them: a real receiver of OTLP over HTTP, beside a real server."""

import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.hosting import HostApi
from tests.people import interview_path
from tests.server import RunningServer, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ROOT = Path(__file__).parents[2]


class Collector:
    """`with Collector() as collector:` takes what is sent to `collector.url`."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/metrics": []}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies[self.path].append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self, name: str | None = None) -> list[Any]:
        return [
            span
            for body in list(self.bodies["/v1/traces"])
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            if name in {None, span.name}
        ]

    def metrics(self) -> dict[str, Any]:
        return {
            metric.name: metric
            for body in list(self.bodies["/v1/metrics"])
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def traced(
    cluster: str, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, str]]:
    """A server that sends traces, and its database."""
    with fresh_database(cluster) as url:
        values = {
            "DATABASE_URL": url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_METRIC_EXPORT_INTERVAL": "300",
        }
        with RunningServer(tmp_path_factory.mktemp("traced"), values, options=("--no-worker",)) as server:
            yield server, url


def attributes(span: Any) -> dict[str, Any]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


def test_a_request_has_a_span_and_its_statements_have_theirs(
    traced: tuple[RunningServer, str], collector: Collector
) -> None:
    """Named after the route; a caller's trace is gone on with."""
    server, url = traced
    with HostApi(server, add_person(server, url, "Hanna")) as api:
        interview = api.create_interview()
        sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"} | dict(api._client.headers)
        answer = httpx.get(f"{server.url}{interview_path(interview)}", headers=sent)
        assert answer.status_code == 200
    name = "GET /workspaces/{workspace_id}/interviews/{interview_id}"
    (span,) = until(lambda: collector.spans(name), "the span has come")
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, "00f067aa0ba902b7")
    assert attributes(span)["http.response.status_code"] == 200
    assert attributes(span)["qwalo.request_id"] == answer.headers["x-request-id"]
    children = until(lambda: [one for one in collector.spans() if one.parent_span_id == span.span_id], "statements")
    assert {attributes(child)["db.system"] for child in children} == {"postgresql"}
    assert any('"Interview"' in str(attributes(child)) for child in children)


def test_no_span_holds_a_token_or_what_people_wrote(traced: tuple[RunningServer, str], collector: Collector) -> None:
    """Neither of the address, nor of headers, nor the values of a statement, nor an error about them."""
    server, url = traced
    person = add_person(server, url, "Hanna")
    with HostApi(server, person) as api:
        interview = api.create_interview("canary-title")
        api.invite(interview, "canary@example.com")
        twice = api.request("POST", f"{interview_path(interview)}/invitees", {"email": "canary@example.com"})
        assert twice.status_code == 409
        httpx.get(f"{server.url}/i/canary-link-token?canary=1", headers={"Cookie": "canary=1"})
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("""ALTER TABLE "Interview" ADD CONSTRAINT short CHECK (length("title") < 20)""")
        failed = api.request("PATCH", interview_path(interview), {"title": f"canary-{'x' * 30}"})
        assert failed.status_code == 500
    until(lambda: [one for one in collector.spans() if one.name.startswith("PATCH") and one.status.code == 2], "a 500")
    until(lambda: collector.spans("GET /i/{token}"), "the link's span")
    everything = b"".join(collector.bodies["/v1/traces"])
    assert b"canary" not in everything
    assert person.token.encode() not in everything


def test_durations_are_sent_as_metrics(traced: tuple[RunningServer, str], collector: Collector) -> None:
    server, _ = traced
    httpx.get(f"{server.url}/health/live")
    found: Any = until(lambda: collector.metrics().get("http.server.request.duration"), "the metric has come")
    assert found.unit == "s"
    assert sum(point.count for point in found.histogram.data_points) > 0
    assert "qwalo.sockets.open" in collector.metrics()


def test_the_service_is_called_qwalo(traced: tuple[RunningServer, str], collector: Collector) -> None:
    server, _ = traced
    httpx.get(f"{server.url}/health/live")
    body = until(lambda: collector.bodies["/v1/traces"], "a span has come")[0]
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert attributes(resource.resource)["service.name"] == "qwalo"


def test_a_collector_that_is_away_holds_nothing_up(database_url: str, tmp_path: Path) -> None:
    values = {"DATABASE_URL": database_url, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with RunningServer(tmp_path, values, options=("--no-worker",)) as server:
        assert httpx.get(f"{server.url}/health/ready").status_code == 200
        assert server.stop() == 0


def test_nothing_is_loaded_without_the_setting() -> None:
    """It is an extra, and the tests have all of it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["project"]["optional-dependencies"]["otel"]) <= set(project["dependency-groups"]["dev"])
    source = (ROOT / "src/qwalo/platform/http/watching.py").read_text()
    assert "\nfrom opentelemetry" not in source
