"""What Prometheus reads, made of what the processes have counted."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from qwalo import __version__
from qwalo.platform.http.counting import BOUNDS, Answers, Key
from qwalo.platform.jobs.counting import Waiting
from qwalo.platform.snapshots import Snapshot

Snapshots = Sequence[tuple[Snapshot, bool]]


def text(snapshots: Snapshots, jobs: Sequence[Waiting] | None) -> bytes:
    """In Prometheus' text format. Without `jobs`, the database could not be asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything(snapshots, jobs))
    return generate_latest(registry)


class _Everything(Collector):
    def __init__(self, snapshots: Snapshots, jobs: Sequence[Waiting] | None) -> None:
        self._snapshots = snapshots
        self._jobs = jobs

    def collect(self) -> Iterable[Metric]:
        # What a process had open went with it; what it did stays done.
        alive = [snapshot for snapshot, is_alive in self._snapshots if is_alive]
        yield from _requests([snapshot for snapshot, _ in self._snapshots])
        yield _gauge("qwalo_sockets_open", "WebSockets that are open.", sum(one.sockets for one in alive))
        yield _gauge("qwalo_streams_open", "Live pages that are open.", sum(one.streams for one in alive))
        yield _gauge(
            "qwalo_database_connections",
            "Connections that the pools of the processes may have.",
            sum(one.connections for one in alive),
        )
        yield _gauge(
            "qwalo_database_connections_used",
            "Connections that something is using.",
            sum(one.connections_used for one in alive),
        )
        yield _gauge(
            "qwalo_database_waiting", "Who waits for a connection.", sum(one.requests_waiting for one in alive)
        )
        yield _gauge("qwalo_database_up", "Whether the database answered this scrape.", int(self._jobs is not None))
        yield _mails([snapshot for snapshot, _ in self._snapshots])
        yield from _waiting(self._jobs or ())
        version = GaugeMetricFamily("qwalo_info", "The version that runs.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version


def _requests(snapshots: Sequence[Snapshot]) -> Iterator[Metric]:
    labels = ["route", "method", "status"]
    total = CounterMetricFamily("qwalo_http_requests", "Requests that were answered.", labels=labels)
    seconds = HistogramMetricFamily(
        "qwalo_http_request_duration_seconds",
        "From a request to the beginning of its answer.",
        labels=["route", "method"],
    )
    by_route: dict[tuple[str, str], Answers] = {}
    for (route, method, status), answers in sorted(_sums(snapshots).items()):
        total.add_metric([route, method, str(status)], sum(answers.buckets))
        _add(by_route.setdefault((route, method), Answers.none()), answers)
    bounds = [str(bound) for bound in BOUNDS] + ["+Inf"]
    for key, answers in by_route.items():
        buckets = list(zip(bounds, map(float, accumulate(answers.buckets)), strict=True))
        seconds.add_metric(list(key), buckets=buckets, sum_value=answers.seconds)
    yield total
    yield seconds


def _sums(snapshots: Sequence[Snapshot]) -> dict[Key, Answers]:
    sums: dict[Key, Answers] = {}
    for snapshot in snapshots:
        for key, answers in snapshot.answers:
            _add(sums.setdefault(key, Answers.none()), answers)
    return sums


def _add(total: Answers, more: Answers) -> None:
    total.buckets = [one + other for one, other in zip(total.buckets, more.buckets, strict=True)]
    total.seconds += more.seconds


def _mails(snapshots: Sequence[Snapshot]) -> Metric:
    mails = CounterMetricFamily(
        "qwalo_mails", "Mails that the worker beside the server handed over, or not.", labels=["outcome"]
    )
    for outcome in ("sent", "refused", "failed"):
        mails.add_metric([outcome], sum(one.mails.get(outcome, 0) for one in snapshots))
    return mails


def _waiting(jobs: Iterable[Waiting]) -> Iterator[Metric]:
    count = GaugeMetricFamily("qwalo_jobs", "Jobs that are not done, by what they wait for.", labels=["task", "state"])
    overdue = GaugeMetricFamily(
        "qwalo_jobs_overdue_seconds", "By how much the time of the first waiting job is past.", labels=["task"]
    )
    for job in jobs:
        for state in ("due", "later", "running", "failed"):
            count.add_metric([job.task, state], getattr(job, state))
        overdue.add_metric([job.task], job.overdue)
    yield count
    yield overdue


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
