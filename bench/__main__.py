"""`make bench`: requests a second, latencies, and memory, beside the peer and what PostgreSQL alone would give.

Everything runs on this machine, one server process each, 32 connections; the servers are measured in turn, so that
a machine whose speed drifts is unfair to neither. Figures are medians over the rounds.
"""

import argparse
import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench import servers
from bench.load import Endpoint, Result, measure
from bench.rows import USERS, seed, workspace_id
from bench.servers import Server
from bench.tokens import Tokens
from bench.upper_bound import transactions_per_second
from qwalo.platform.db import migrate
from qwalo.platform.db.embedded import EmbeddedPostgres

WARM_UP_SECONDS = 3


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = os.environ.get("DATABASE_URL") or stack.enter_context(EmbeddedPostgres(folder / "cluster"))
        tokens = Tokens()
        ours = database(cluster, "qwalo_bench")
        migrate.upgrade(ours)
        seed(ours)
        measured = [stack.enter_context(servers.qwalo(ours, folder / "data", servers.clerk_settings(tokens)))]
        problem = servers.peer_problem()
        if problem is None:
            print("Building the peer …", flush=True)
            theirs = database(cluster, "qwalo_bench_peer")
            with psycopg.connect(theirs) as conn:
                conn.execute((servers.PEER / "ddl.sql").read_bytes())
            seed(theirs)
            measured.append(stack.enter_context(servers.peer(theirs, tokens)))
        else:
            print(f"No comparison: {problem}.")
        _print_head(options)
        for endpoint in _endpoints(tokens):
            if endpoint.name in options.endpoints:
                _print_row(endpoint, measured, ours, options)
        print(f"\nMemory of qwalo's processes (PSS): {measured[0].memory_mib():.0f} MiB")


def _options() -> argparse.Namespace:
    names = [endpoint.name for endpoint in _endpoints(Tokens())]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("endpoints", nargs="*", default=names, help=f"some of: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="of each measurement")
    return parser.parse_args()


def _endpoints(tokens: Tokens) -> list[Endpoint]:
    first, last = tokens.of_user(1), tokens.of_user(USERS)
    workspace = f"/workspaces/{workspace_id(7)}"
    # The one that adds rows comes last.
    return [
        Endpoint("list", "GET", "/workspaces", first),
        Endpoint("one", "GET", workspace, first),
        Endpoint("interviews", "GET", f"{workspace}/interviews", first),
        Endpoint("add", "POST", "/", last),
    ]


def database(cluster: str, name: str) -> str:
    """The address of a new, empty database, in a form that both servers take."""
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        conn.execute(f"CREATE DATABASE {name}")
    parts = psycopg.conninfo.conninfo_to_dict(cluster)
    host = parts["host"] or "localhost"
    # Both drivers take this form, for a socket's folder as well as for a host.
    password = f":{parts['password']}" if parts.get("password") else ""
    return f"postgresql://{parts['user']}{password}@localhost:{parts.get('port', 5432)}/{name}?host={host}"


def _print_head(options: argparse.Namespace) -> None:
    print(f"\n{options.rounds} rounds of {options.seconds} s each, medians; ms CPU of the server a request\n")
    print(f"{'endpoint':<11}{'server':<8}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>8}{'failed':>8}")


def _print_row(endpoint: Endpoint, measured: list[Server], database: str, options: argparse.Namespace) -> None:
    results: dict[str, list[Result]] = {server.name: [] for server in measured}
    cpu: dict[str, list[float]] = {server.name: [] for server in measured}
    for server in measured:
        measure(server.base, endpoint, WARM_UP_SECONDS)
    for _ in range(options.rounds):
        for server in measured:
            before = server.cpu_seconds()
            result = measure(server.base, endpoint, options.seconds)
            used = server.cpu_seconds() - before
            results[server.name].append(result)
            cpu[server.name].append(used / (result.requests_per_second * options.seconds) * 1000)
    rates = {}
    for server in measured:
        runs = results[server.name]
        rates[server.name] = statistics.median(run.requests_per_second for run in runs)
        p50, p99 = statistics.median(run.p50 for run in runs), statistics.median(run.p99 for run in runs)
        failed = sum(run.failed for run in runs)
        print(
            f"{endpoint.name:<11}{server.name:<8}{rates[server.name]:>8.0f}{p50:>9.1f}{p99:>9.1f}"
            f"{statistics.median(cpu[server.name]):>8.2f}{failed:>8}"
        )
    bound = transactions_per_second(database, endpoint.name, options.seconds)
    share = rates["qwalo"] / bound * 100
    ratio = f"{rates['qwalo'] / rates['peer']:.2f} x the peer; " if "peer" in rates else ""
    print(f"{'':<11}{ratio}pgbench with the same SQL: {bound:.0f}/s, of which {share:.0f}% reached", flush=True)


if __name__ == "__main__":
    main()
