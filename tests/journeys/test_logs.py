"""What is in the logs of a running server, and what never is."""

import json
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.people import interview_path, invitee_path
from tests.server import RunningServer, until
from tests.smtp import free_port

# A word in every place where a secret may be.
CANARY = "canary-4f1d9c"


def lines_of(server: RunningServer, name: str = "serve.err.log") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (server.folder / name).read_text().splitlines()]


def requests_of(server: RunningServer) -> list[dict[str, Any]]:
    return [line for line in lines_of(server) if line["event"] == "request"]


def test_no_secret_is_ever_in_a_log(database_url: str, tmp_path: Path) -> None:
    """Neither with every request logged, nor where things go wrong, nor in a traceback."""
    # The test's PostgreSQL asks for no password, so any will do.
    address = database_url.replace("postgresql://postgres@", f"postgresql://postgres:{CANARY}-database@", 1)
    values = {
        "DATABASE_URL": address,
        "QWALO_ACCESS_LOG": "true",
        "QWALO_METRICS_TOKEN": f"{CANARY}-metrics",
        "QWALO_SECRET_KEY": f"{CANARY}-{'k' * 40}",
        "SMTP_URL": f"smtp+starttls://{CANARY}-user:{CANARY}-smtp@127.0.0.1:{free_port()}",
        "TURN_URLS": "turn:127.0.0.1:9",
        "TURN_SECRET": f"{CANARY}-turn",
    }
    with RunningServer(tmp_path, values) as server:
        person = add_person(server, database_url, "Hanna")
        with HostApi(server, person) as api, httpx.Client(base_url=server.url) as nobody:
            interview = api.create_interview()
            invitee = api.invite(interview)
            for path in (f"/i/{CANARY}-invite", f"/sign-in/{CANARY}-sign-in", f"/observe/{CANARY}", f"/x/{CANARY}"):
                nobody.get(path, params={"token": CANARY})
                nobody.post(path, data={"token": CANARY})
            nobody.get("/me", headers={"Authorization": f"Bearer {CANARY}-bearer-token"})
            nobody.get("/dashboard", headers={"Cookie": f"qwalo_session={CANARY}-cookie"})
            nobody.get("/metrics", headers={"Authorization": f"Bearer {CANARY}-other"})
            nobody.get("/health/live", headers={"X-Request-Id": f"{CANARY}-id", "X-Forwarded-For": CANARY})
            api.request("POST", "/workspaces", {"name": CANARY * 100})
            # Something that nobody foresaw, with a traceback.
            with psycopg.connect(database_url, autocommit=True) as conn:
                conn.execute('ALTER TABLE "Interview" RENAME COLUMN "title" TO "renamed"')
            assert api.request("GET", f"{interview_path(interview)}?{CANARY}").status_code == 500
            api.request("GET", invitee_path(interview, invitee))
        server.run("doctor")
        output = "".join(path.read_text() for path in tmp_path.glob("*.log"))
        doctor = server.run("doctor", "--json")
    assert any(line["status"] == 500 for line in requests_of(server))
    assert any("exception" in line for line in lines_of(server))
    assert person.token not in output
    for text in (output, doctor.stdout, doctor.stderr):
        found = [line for line in text.splitlines() if CANARY in line]
        # The user's name of the mail server is no secret.
        assert [line for line in found if CANARY in line.replace(f"{CANARY}-user", "")] == []


def test_a_line_of_a_request_names_its_route_and_id(database_url: str, tmp_path: Path) -> None:
    """The route, and not the address; the id that the answer has."""
    values = {"DATABASE_URL": database_url, "QWALO_ACCESS_LOG": "true", "QWALO_TRUSTED_PROXIES": "127.0.0.1"}
    with RunningServer(tmp_path, values, options=("--no-worker",)) as server:
        sent = {"X-Request-Id": "from-the-proxy-1", "X-Forwarded-For": "198.51.100.7"}
        answer = httpx.get(f"{server.url}/i/abcdefghijkl", headers=sent)
        (line,) = [line for line in requests_of(server) if line.get("request_id") == "from-the-proxy-1"]
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    assert (line["route"], line["method"], line["status"]) == ("/i/{token}", "GET", 404)
    assert (line["address"], line["level"]) == ("198.51.100.7", "info")
    assert line["ms"] > 0


def test_by_default_only_our_own_faults_are_logged(database_url: str, tmp_path: Path) -> None:
    """With the id that the person saw, in the line of the request and in that of the error."""
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=("--no-worker",)) as server:
        with HostApi(server, add_person(server, database_url, "Hanna")) as api:
            assert httpx.get(f"{server.url}/nothing").status_code == 404
            interview = api.create_interview()
            with psycopg.connect(database_url, autocommit=True) as conn:
                conn.execute('ALTER TABLE "Interview" RENAME COLUMN "title" TO "renamed"')
            answer = api.request("GET", interview_path(interview))
        until(lambda: len(lines_of(server)) >= 2, "both lines are written")
        error, request = lines_of(server)
    request_id = answer.headers["x-request-id"]
    assert (error["level"], error["request_id"]) == ("error", request_id)
    assert (request["status"], request["request_id"]) == (500, request_id)
    assert request_id in answer.json()["detail"]
