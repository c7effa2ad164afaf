"""Webhooks by a real worker to a real receiver: failures, restarts, kill -9, and the end of the schedule."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from qwalo.platform.db.pool import SESSION_OPTIONS
from tests.domains.webhooks.receiver import Answer, Got, Receiver
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.server import RunningServer, until
from tests.smtp import SmtpStandIn, free_port

EVENTS = 30
KILLS = 3
LONGEST_ANSWER_SECONDS = 0.6
# A killed worker's jobs are picked up after 10 s without a heartbeat, and the last kill may be over the last of them.
PATIENCE_SECONDS = 60
# Seconds between the attempts, as Standard Webhooks has them.
SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
PRIVATE = {"QWALO_WEBHOOK_PRIVATE_ADDRESSES": "true"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def server(database_url: str, smtp: SmtpStandIn, tmp_path: Path) -> Iterator[RunningServer]:
    """Without a worker, so that each test starts the ones that it wants."""
    values = {"DATABASE_URL": database_url, "SMTP_URL": smtp.url, **PRIVATE}
    with RunningServer(tmp_path, values, options=("--no-worker",)) as running:
        yield running


@pytest.fixture
def owner(server: RunningServer, database_url: str) -> Person:
    return add_person(server, database_url, "Hanna")


class Hooked:
    """A workspace whose new interviews are told to `url`."""

    def __init__(self, api: HostApi, url: str, database_url: str) -> None:
        self._api = api
        self._database_url = database_url
        made = api.request("POST", "/workspaces", {"name": "Research", "organizationName": "Acme"})
        self.workspace_id = made.json()["id"]
        path = f"/workspaces/{self.workspace_id}/webhook-endpoints"
        made = api.request("POST", path, {"url": url, "events": ["interview.created"]})
        assert made.status_code == 201, made.text
        self.path = f"{path}/{made.json()['endpoint']['id']}"
        self.secret = made.json()["secret"]

    def create_interview(self, title: str = "Why") -> dict[str, Any]:
        return self._api.create_interview_in(self.workspace_id, title)

    def endpoint(self) -> dict[str, Any]:
        found: dict[str, Any] = self._api.request("GET", self.path).json()
        return found

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._api.request("GET", f"{self.path}/deliveries?limit=100").json()
        return found

    def delivery(self) -> dict[str, Any]:
        [only] = self.deliveries()
        return only

    def waits_for(self) -> timedelta | None:
        """How long the job of the delivery has still to wait, by the database's clock."""
        with psycopg.connect(self._database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
            row = conn.execute(
                """
                SELECT scheduled_at - now() FROM procrastinate_jobs
                WHERE task_name = 'webhooks.deliver' AND status = 'todo' AND scheduled_at > now()
                """
            ).fetchone()
        return row[0] if row else None

    def let_time_pass(self) -> None:
        """To the next attempt: what the clock would do by itself."""
        with psycopg.connect(self._database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
            conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


@pytest.fixture
def hooked(server: RunningServer, owner: Person, receiver: Receiver, database_url: str) -> Iterator[Hooked]:
    with HostApi(server, owner) as api:
        yield Hooked(api, receiver.url, database_url)


def test_what_happens_is_told_with_a_right_signature(server: RunningServer, hooked: Hooked, receiver: Receiver) -> None:
    server.start_worker()
    interview = hooked.create_interview("Why did you choose us?")
    [got] = receiver.wait_for(1)
    body = got.verified(hooked.secret)
    assert body["type"] == "interview.created"
    assert body["data"]["interview"]["id"] == interview["id"]
    until(lambda: hooked.delivery()["status"] == "delivered", "it is noted")
    age = datetime.now(UTC) - datetime.fromisoformat(body["timestamp"])
    assert timedelta(0) <= age < timedelta(minutes=1)


def test_a_failing_receiver_is_tried_by_the_schedule_and_then_disabled(
    server: RunningServer, hooked: Hooked, receiver: Receiver, smtp: SmtpStandIn, owner: Person
) -> None:
    """Ten attempts in three days, which pass here by setting the jobs' clock; then the owner gets a mail."""
    receiver.answer = lambda _: Answer(503, b"closed for today")
    server.start_worker()
    hooked.create_interview()
    for number, seconds in enumerate(SCHEDULE, 1):
        until(lambda number=number: len(hooked.delivery()["attempts"]) == number, f"attempt {number}", 30)  # type: ignore[misc]
        waits = until(hooked.waits_for, f"attempt {number} is followed by another", 10)
        assert waits is not None
        assert timedelta(seconds=seconds - 10) < waits <= timedelta(seconds=seconds)
        planned = datetime.fromisoformat(hooked.delivery()["nextAttemptAt"]) - datetime.now(UTC)
        assert abs(planned - waits) < timedelta(seconds=10), "the page says when"
        hooked.let_time_pass()
    until(lambda: "disabledAt" in hooked.endpoint(), "the endpoint is disabled", 30)
    delivery = hooked.delivery()
    assert (delivery["status"], len(delivery["attempts"])) == ("failed", len(SCHEDULE) + 1)
    assert len({got.webhook_id for got in receiver.got}) == 1
    for got in receiver.got:
        got.verified(hooked.secret)
    mail = until(lambda: [one for one in smtp.messages if owner.email in str(one["To"])], "the owner is told", 30)[0]
    assert "disabled" in str(mail["Subject"])
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert f"{server.url}/dashboard{hooked.path.replace('webhook-endpoints', 'webhooks')}" in text
    assert "status 503" in text
    hooked.create_interview("Not told")
    assert len(hooked.deliveries()) == 1


def test_a_receiver_that_was_away_gets_it_later(server: RunningServer, owner: Person, database_url: str) -> None:
    """Nobody listened at first."""
    port = free_port()
    with HostApi(server, owner) as api:
        hooked = Hooked(api, f"http://127.0.0.1:{port}/hook", database_url)
        server.start_worker()
        hooked.create_interview()
        until(lambda: hooked.delivery()["attempts"], "the first attempt failed", 30)
        with Receiver(port=port) as receiver:
            until(hooked.waits_for, "there will be another", 10)
            hooked.let_time_pass()
            [got] = receiver.wait_for(1)
            assert got.verified(hooked.secret)
            until(lambda: hooked.delivery()["status"] == "delivered", "it is noted")


def test_what_failed_is_sent_again_by_hand(server: RunningServer, hooked: Hooked, receiver: Receiver) -> None:
    """At once, whatever the schedule says, and the schedule's own next attempt does nothing then."""
    receiver.answer = lambda _: Answer(500)
    server.start_worker()
    hooked.create_interview()
    until(hooked.waits_for, "it will be tried again", 30)
    receiver.answer = lambda _: Answer()
    before = len(receiver.got)
    path = f"{hooked.path}/deliveries/{hooked.delivery()['id']}/attempts"
    assert hooked._api.request("POST", path).status_code == 202
    until(lambda: hooked.delivery()["status"] == "delivered", "it is noted", 30)
    hooked.let_time_pass()
    hooked.create_interview("After it")
    until(lambda: all(one["status"] == "delivered" for one in hooked.deliveries()), "what came after it is there", 30)
    times = Counter(got.webhook_id for got in receiver.got)
    assert times[hooked.deliveries()[-1]["eventId"]] == before + 1


def test_killing_the_worker_loses_no_webhook(server: RunningServer, hooked: Hooked, receiver: Receiver) -> None:
    """kill -9 at any moment: each event arrives, and what comes twice has the same webhook-id."""
    moments = random.Random(2026)
    receiver.answer = lambda _: Answer(seconds=moments.uniform(0, LONGEST_ANSWER_SECONDS))
    for number in range(EVENTS):
        hooked.create_interview(f"Interview {number}")
    for _ in range(KILLS):
        worker = server.start_worker()
        # In the middle of a delivery, at nearly every moment.
        receiver.wait_for(len(receiver.got) + moments.randint(1, 4), PATIENCE_SECONDS)
        time.sleep(moments.uniform(0, 0.2))
        worker.kill()
        worker.wait()
    server.start_worker()
    until(
        lambda: all(one["status"] == "delivered" for one in hooked.deliveries()), "all are delivered", PATIENCE_SECONDS
    )
    wanted = {one["eventId"] for one in hooked.deliveries()}
    times = Counter(got.webhook_id for got in receiver.got)
    assert len(wanted) == EVENTS
    assert set(times) == wanted
    # A worker has eight jobs under way.
    assert sum(times.values()) <= EVENTS + 8 * KILLS
    for got in receiver.got:
        got.verified(hooked.secret)


def test_an_installation_that_allows_no_private_address_sends_nothing_there(
    database_url: str, owner: Person, hooked: Hooked, receiver: Receiver, server: RunningServer, tmp_path: Path
) -> None:
    """An endpoint from the time when it did is of no use then."""
    key = {"QWALO_SECRET_KEY": server.settings.secret_key}
    with RunningServer(tmp_path / "strict", {"DATABASE_URL": database_url, **key}, options=("--no-worker",)) as strict:
        strict.start_worker()
        hooked.create_interview()
        until(lambda: hooked.delivery()["attempts"], "it was tried", 30)
    assert "private network" in hooked.delivery()["attempts"][0]["problem"]
    assert receiver.got == []


def test_receivers_that_do_not_answer_hold_up_no_mail(
    server: RunningServer, hooked: Hooked, receiver: Receiver, owner: Person
) -> None:
    """As many as there are places for jobs, and one more."""
    hang = threading.Event()

    def wait(_: Got) -> Answer:
        hang.wait(60)
        return Answer()

    receiver.answer = wait
    server.start_worker()
    try:
        for number in range(9):
            hooked.create_interview(f"Number {number}")
        receiver.wait_for(8)
        with HostApi(server, owner) as api:
            interview = api.create_interview()
            api.wait_for(interview, api.invite(interview), "sentAt", seconds=10)
    finally:
        hang.set()
