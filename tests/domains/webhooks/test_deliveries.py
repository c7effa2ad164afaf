"""What becomes of an event: to whom it goes, what is noted of each attempt, and when it ends."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
import pytest

from qwalo.events.models import SYSTEM
from qwalo.events.recording import record
from qwalo.platform.db.pool import SESSION_OPTIONS, Database
from qwalo.webhooks.deliveries import unscoped_forget
from qwalo.webhooks.jobs import KEPT_DAYS
from tests.domains.webhooks.office import Office
from tests.domains.webhooks.receiver import Answer, Got, Receiver
from tests.smtp import free_port


async def test_an_event_is_delivered(office: Office, receiver: Receiver) -> None:
    """Signed, with the id of the event, and noted."""
    endpoint, secret = await office.add_endpoint(receiver.url)
    await office.happens()
    before = await office.delivery(endpoint)
    assert (before["status"], before["attempts"]) == ("pending", [])
    assert "nextAttemptAt" in before
    assert not await office.run()
    [got] = receiver.got
    assert got.verified(secret) == before["payload"]
    assert got.webhook_id == before["eventId"]
    after = await office.delivery(endpoint)
    assert after["status"] == "delivered"
    assert "nextAttemptAt" not in after
    assert [attempt["statusCode"] for attempt in after["attempts"]] == [200]
    assert "problem" not in after["attempts"][0]


async def test_an_event_that_was_not_chosen_is_not_sent(office: Office, receiver: Receiver) -> None:
    endpoint, _ = await office.add_endpoint(receiver.url, "call.ended")
    await office.happens("interview.created")
    assert await office.deliveries(endpoint) == []
    assert office.jobs() == []


async def test_an_event_of_another_workspace_is_not_sent(office: Office, receiver: Receiver) -> None:
    endpoint, _ = await office.add_endpoint(receiver.url)
    other = await office.api.create_workspace("Another")
    await office.happens(workspace_id=other["id"])
    assert await office.deliveries(endpoint) == []


async def test_each_endpoint_that_wants_an_event_gets_it(office: Office, receiver: Receiver) -> None:
    """In a transaction with several events, too."""
    first, _ = await office.add_endpoint(receiver.url)
    second, _ = await office.add_endpoint(f"{receiver.url}/second", "interview.created", "call.ended")
    await office.happens("interview.created")
    await office.happens("call.ended")
    assert len(await office.deliveries(first)) == 1
    assert len(await office.deliveries(second)) == 2
    assert len(office.jobs()) == 3


async def test_what_is_rolled_back_is_not_sent(office: Office, receiver: Receiver, database: Database) -> None:
    endpoint, _ = await office.add_endpoint(receiver.url)

    async def change_and_fail() -> None:
        async with database.transaction() as conn:
            await record(conn, SYSTEM, office.event())
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await change_and_fail()
    assert office.jobs() == []
    assert await office.deliveries(endpoint) == []


async def test_a_failure_is_noted_and_tried_again(office: Office, receiver: Receiver) -> None:
    """With the same id and the same bytes; the page says when."""
    receiver.answer = lambda _: Answer(500, b"out of order") if len(receiver.got) == 1 else Answer()
    endpoint, secret = await office.add_endpoint(receiver.url)
    await office.happens()
    assert await office.run(retry_in=300)
    delivery = await office.delivery(endpoint)
    assert delivery["status"] == "pending"
    [attempt] = delivery["attempts"]
    assert (attempt["statusCode"], attempt["response"]) == (500, "out of order")
    assert attempt["problem"] == "It answered with the status 500."
    waits = datetime.fromisoformat(delivery["nextAttemptAt"]) - datetime.fromisoformat(attempt["startedAt"])
    assert 295 < waits.total_seconds() < 330
    assert not await office.run(retry_in=1800)
    assert (await office.delivery(endpoint))["status"] == "delivered"
    first, second = receiver.got
    assert first.webhook_id == second.webhook_id
    assert first.body == second.body
    assert second.verified(secret)
    assert [one["statusCode"] for one in (await office.delivery(endpoint))["attempts"]] == [200, 500]


async def test_a_receiver_that_is_not_there_is_tried_again(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(f"http://127.0.0.1:{free_port()}/")
    await office.happens()
    assert await office.run()
    [attempt] = (await office.delivery(endpoint))["attempts"]
    assert "could not be made" in attempt["problem"]
    assert "statusCode" not in attempt


async def test_a_delivered_one_is_not_sent_by_a_rescued_job(office: Office, receiver: Receiver) -> None:
    """A worker that died after the commit leaves its job to another one."""
    await office.add_endpoint(receiver.url)
    await office.happens()
    job = office.jobs()[0]
    await office.run(job)
    assert not await office.run(job)
    assert len(receiver.got) == 1


async def test_a_job_that_comes_before_the_other_has_noted_sends_the_same_id(
    office: Office, receiver: Receiver
) -> None:
    """A worker that died before the commit: at least once, and known again by its id."""
    receiver.answer = lambda _: Answer(seconds=0.3)
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    job = office.jobs()[0]
    await asyncio.gather(office.run(job), office.run(job))
    assert len({got.webhook_id for got in receiver.got}) == 1
    assert (await office.delivery(endpoint))["status"] == "delivered"


async def test_after_the_last_attempt_the_endpoint_is_disabled(office: Office, receiver: Receiver) -> None:
    """The owners are told, and it is in the audit log; what was waiting is not sent."""
    receiver.answer = lambda _: Answer(500)
    endpoint, _ = await office.add_endpoint(receiver.url)
    owner, _ = office.join("Olga", "owner")
    office.join("Ada", "admin")
    await office.happens()
    await office.happens()
    [first, second] = office.jobs()
    assert not await office.run(first, retry_in=None)
    seen = await office.endpoint(endpoint)
    assert "It answered with the status 500." in seen["disabledReason"]
    assert [one["status"] for one in await office.deliveries(endpoint)] == ["failed", "failed"]
    assert all("nextAttemptAt" not in one for one in await office.deliveries(endpoint))
    assert not await office.run(second)
    assert len(receiver.got) == 1
    mails = office.mails()
    assert {mail["endpoint_id"] for mail in mails} == {endpoint["id"]}
    assert owner.id in {mail["owner_id"] for mail in mails}
    assert len(mails) == 2, "both owners, and not the admin"
    kind, actor, data = office.audited()[-1]
    assert (kind, actor) == ("webhook_endpoint.disabled", "system")
    assert data["webhookEndpoint"]["disabledReason"] == seen["disabledReason"]


async def test_several_that_fail_for_good_at_once_disable_it_once(office: Office, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(500, seconds=0.1)
    endpoint, _ = await office.add_endpoint(receiver.url)
    for _ in range(4):
        await office.happens()
    await asyncio.gather(*(office.run(job, retry_in=None) for job in office.jobs()))
    assert [kind for kind, _, _ in office.audited()] == ["webhook_endpoint.created", "webhook_endpoint.disabled"]
    assert len(office.mails()) == 1
    assert {one["status"] for one in await office.deliveries(endpoint)} == {"failed"}


async def test_a_receiver_that_is_gone_is_not_asked_again(office: Office, receiver: Receiver) -> None:
    """410 disables at once, whatever is left of the schedule."""
    receiver.answer = lambda _: Answer(410)
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    assert not await office.run(retry_in=5)
    assert (await office.delivery(endpoint))["status"] == "failed"
    assert "410" in (await office.endpoint(endpoint))["disabledReason"]
    assert len(office.mails()) == 1


async def test_nothing_is_sent_to_a_disabled_endpoint(office: Office, receiver: Receiver) -> None:
    """Neither what was waiting, nor what happens meanwhile; enabling it sends nothing by itself."""
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    [job] = office.jobs()
    await office.change(endpoint, disabled=True)
    await office.happens()
    assert [one["status"] for one in await office.deliveries(endpoint)] == ["failed"]
    assert not await office.run(job)
    await office.change(endpoint, disabled=False)
    assert not await office.run(job)
    assert receiver.got == []
    assert office.mails() == [], "who disables it knows"


async def test_what_failed_can_be_sent_again_when_it_is_enabled(office: Office, receiver: Receiver) -> None:
    """With the same id. While it is disabled, that is refused."""
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    await office.change(endpoint, disabled=True)
    delivery = await office.delivery(endpoint)
    refused = await office.send_again(endpoint, delivery)
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook-endpoint-disabled")
    await office.change(endpoint, disabled=False)
    again = await office.send_again(endpoint, delivery)
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    await office.run()
    assert [got.webhook_id for got in receiver.got] == [delivery["eventId"]]
    assert (await office.delivery(endpoint))["status"] == "delivered"


async def test_what_was_delivered_can_be_sent_again(office: Office, receiver: Receiver) -> None:
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    await office.run()
    await office.send_again(endpoint, await office.delivery(endpoint))
    await office.run()
    assert len(receiver.got) == 2
    assert len({got.webhook_id for got in receiver.got}) == 1
    assert len((await office.delivery(endpoint))["attempts"]) == 2


async def test_sending_again_takes_the_place_of_the_next_attempt(office: Office, receiver: Receiver) -> None:
    """Else it would be tried by two schedules at once."""
    receiver.answer = lambda _: Answer(500)
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    [old] = office.jobs()
    assert await office.run(old)
    await office.send_again(endpoint, await office.delivery(endpoint))
    new = office.jobs()[-1]
    assert not await office.run(old, retry_in=300)
    assert len(receiver.got) == 1
    assert await office.run(new, retry_in=5)
    assert len(receiver.got) == 2


async def test_an_old_job_that_fails_last_disables_nothing_after_sending_again(
    office: Office, receiver: Receiver
) -> None:
    """It was under way when somebody pressed the button."""
    receiver.answer = lambda _: Answer(500, seconds=0.5)
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    [old] = office.jobs()
    under_way = asyncio.create_task(office.run(old, retry_in=None))
    await asyncio.to_thread(receiver.wait_for, 1)
    await office.send_again(endpoint, await office.delivery(endpoint))
    assert not await under_way
    assert "disabledAt" not in await office.endpoint(endpoint)
    delivery = await office.delivery(endpoint)
    assert (delivery["status"], len(delivery["attempts"])) == ("pending", 1)


async def test_a_test_event_goes_to_its_endpoint_alone(office: Office, receiver: Receiver) -> None:
    """Whatever events were chosen."""
    endpoint, secret = await office.add_endpoint(receiver.url, "call.ended")
    other, _ = await office.add_endpoint(f"{receiver.url}/other")
    made = await office.api.request("POST", f"{office.path}/{endpoint['id']}/tests")
    assert made.status_code == 202
    assert made.json()["payload"]["type"] == "webhook_endpoint.tested"
    await office.run()
    [got] = receiver.got
    assert got.verified(secret) == made.json()["payload"]
    assert await office.deliveries(other) == []


async def test_the_old_secret_signs_until_its_end(office: Office, receiver: Receiver, conn: psycopg.Connection) -> None:
    endpoint, old = await office.add_endpoint(receiver.url)
    made = await office.api.request("POST", f"{office.path}/{endpoint['id']}/secret-rotations", {"overlapHours": 1})
    await office.happens()
    await office.run()
    assert receiver.got[0].verified(old)
    assert receiver.got[0].verified(made.json()["secret"])
    conn.execute('UPDATE "WebhookEndpoint" SET "previousSecretExpiresAt" = utc_now()')
    await office.happens()
    await office.run()
    assert " " not in receiver.got[1].headers["webhook-signature"]
    assert receiver.got[1].verified(made.json()["secret"])


async def test_a_secret_that_cannot_be_read_is_told(
    office: Office, receiver: Receiver, conn: psycopg.Connection
) -> None:
    """The installation's key was changed. Nothing is sent unsigned, and the page says what to do."""
    endpoint, _ = await office.add_endpoint(receiver.url)
    conn.execute("""UPDATE "WebhookEndpoint" SET "secret" = 'gAAAAAnotours'""")
    await office.happens()
    assert await office.run()
    assert receiver.got == []
    assert "rotate the secret" in (await office.delivery(endpoint))["attempts"][0]["problem"]


async def test_what_is_to_be_sent_goes_to_the_new_address(office: Office, receiver: Receiver) -> None:
    endpoint, _ = await office.add_endpoint(f"http://127.0.0.1:{free_port()}/")
    await office.happens()
    assert await office.run()
    await office.change(endpoint, url=receiver.url)
    assert not await office.run()
    assert len(receiver.got) == 1


async def test_what_was_deleted_meanwhile_ends_quietly(office: Office, receiver: Receiver) -> None:
    """Before the job runs, and while the receiver is spoken to."""
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    [job] = office.jobs()

    def delete_first(_: Got) -> Answer:
        return Answer(500, seconds=0.5)

    receiver.answer = delete_first
    under_way = asyncio.create_task(office.run(job))
    await asyncio.to_thread(receiver.wait_for, 1)
    await office.api.request("DELETE", f"{office.path}/{endpoint['id']}")
    assert not await under_way
    assert not await office.run(job)


async def test_deliveries_are_listed_in_pages(office: Office) -> None:
    endpoint, _ = await office.add_endpoint("https://hooks.example.com/")
    for _ in range(3):
        await office.happens()
    path = f"{office.path}/{endpoint['id']}/deliveries"
    first = await office.api.request("GET", f"{path}?limit=2")
    rest = await office.api.request("GET", first.links["next"]["url"].removeprefix("http://qwalo.test"))
    ids: list[Any] = [one["id"] for one in first.json() + rest.json()]
    assert len(set(ids)) == 3


async def test_an_endpoint_that_takes_other_deliveries_is_not_disabled_for_one_that_it_refuses(
    office: Office, receiver: Receiver
) -> None:
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    refused = office.jobs()[-1]
    await office.happens()
    await office.run()
    receiver.answer = lambda _: Answer(422)
    assert not await office.run(refused, retry_in=None)
    assert "disabledAt" not in await office.endpoint(endpoint)
    assert sorted(one["status"] for one in await office.deliveries(endpoint)) == ["delivered", "failed"]


async def test_what_the_old_address_says_does_not_disable_the_new_one(office: Office, receiver: Receiver) -> None:
    """It was changed while the old one was spoken to."""
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    moved = asyncio.Event()
    loop = asyncio.get_running_loop()

    def gone(_: Got) -> Answer:
        asyncio.run_coroutine_threadsafe(_move(office, endpoint, receiver.url, moved), loop).result(10)
        return Answer(410)

    receiver.answer = gone
    await office.run()
    assert moved.is_set()
    assert "disabledAt" not in await office.endpoint(endpoint)


async def _move(office: Office, endpoint: dict[str, Any], url: str, moved: asyncio.Event) -> None:
    assert (await office.change(endpoint, url=f"{url}/moved")).status_code == 200
    moved.set()


async def test_an_endpoint_that_is_being_deleted_stops_no_event(
    office: Office, database_url: str, conn: psycopg.Connection, receiver: Receiver
) -> None:
    """The change waits for the deletion, and is made without a delivery."""
    endpoint, _ = await office.add_endpoint(receiver.url)
    with psycopg.connect(database_url, options=SESSION_OPTIONS) as other:
        other.execute('DELETE FROM "WebhookEndpoint" WHERE "id" = %s', (endpoint["id"],))
        happening = asyncio.create_task(office.happens())
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%AuditEvent%'"
        while conn.execute(waiting).fetchone() == (0,):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.02)
        other.commit()
    await happening
    assert office.jobs() == []


async def test_deliveries_that_are_done_with_are_forgotten_after_a_while(
    office: Office, database: Database, conn: psycopg.Connection, receiver: Receiver
) -> None:
    endpoint, _ = await office.add_endpoint(receiver.url)
    await office.happens()
    await office.run()
    await office.happens()
    conn.execute("""UPDATE "WebhookDelivery" SET "createdAt" = utc_now() - interval '91 days'""")
    async with database.connection() as connection:
        await unscoped_forget(connection, KEPT_DAYS)
    assert [one["status"] for one in await office.deliveries(endpoint)] == ["pending"]
