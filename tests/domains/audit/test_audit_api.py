"""Reading the log: filters, pages, the export; who may not."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from qwalo.platform.tokens import hash_token
from tests.domains.audit.conftest import Client, Log
from tests.people import Api, People, Person, interview_path, invitee_path


async def ids(api: Api, log: Log, query: str = "") -> list[str]:
    response = await api.request("GET", f"{log.path}{query}")
    assert response.status_code == 200, response.text
    return [event["id"] for event in response.json()]


async def rows_of(api: Api, path: str) -> list[dict[str, str]]:
    response = await api.request("GET", path)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline=""), strict=True))


async def test_an_event_says_who_did_what_to_which_object(api: Api, log: Log, alice: Person) -> None:
    """As the service has written it."""
    interview = await api.create_interview(log.workspace, "Why did you choose us?")
    (event,) = (await api.request("GET", log.path)).json()
    assert event["type"] == "interview.created"
    assert event["actor"] == {"kind": "user", "id": alice.id, "label": "Alice"}
    assert event["object"] == {"id": interview["id"], "label": "Why did you choose us?"}
    assert event["data"]["interview"]["title"] == "Why did you choose us?"


async def test_what_is_not_known_is_absent(api: Api, log: Log) -> None:
    """Of what Qwalo did by itself: no id, no name, no address."""
    log.add("invitee.sent", actor=("system", None, None), address=None)
    (event,) = (await api.request("GET", log.path)).json()
    assert event["actor"] == {"kind": "system"}
    assert event.keys().isdisjoint({"address", "requestId"})


async def test_the_log_is_newest_first_in_pages_that_keep_the_filter(api: Api, log: Log) -> None:
    """The link of the next page has it."""
    made = [log.add(hours=hour) for hour in range(5)]
    log.add("call.ended", hours=9)
    first = await api.request("GET", f"{log.path}?type=interview.created&from=2026-03-02&limit=2")
    assert [event["id"] for event in first.json()] == made[:2:-1]
    second = await api.request("GET", first.links["next"]["url"])
    third = await api.request("GET", second.links["next"]["url"])
    assert [event["id"] for event in second.json() + third.json()] == made[2::-1]
    assert "next" not in third.links


async def test_each_filter_finds_its_own(api: Api, log: Log) -> None:
    """And all of them together."""
    ends = log.add("call.ended", hours=1)
    bobs = log.add(hours=2, actor=("user", "bob", "Bob"))
    other = log.add(hours=3, object_id="other")
    system = log.add("invitee.sent", hours=4, actor=("system", None, None))
    assert await ids(api, log, "?type=call.ended") == [ends]
    assert await ids(api, log, "?actor=bob") == [bobs]
    assert await ids(api, log, "?actor=system") == [system]
    assert await ids(api, log, "?object=other") == [other]
    assert await ids(api, log, "?object=other&actor=bob") == []


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("?from=2026-03-03", [30, 24]),
        ("?to=2026-03-02", [23, 0]),
        ("?from=2026-03-02&to=2026-03-02", [23, 0]),
        ("?from=2026-03-02T23:00:00Z&to=2026-03-03T00:00:00Z", [23]),
        ("?from=2026-03-03T01:00:00%2B01:00", [30, 24]),
        ("?from=2026-03-03T01:00:00+01:00", [30, 24]),
        ("?to=0001-01-01", []),
        ("?from=9999-12-30", []),
        ("?to=9999-12-31", [30, 24, 23, 0]),
    ],
)
async def test_days_are_of_utc_and_the_last_one_is_in(api: Api, log: Log, query: str, hours: list[int]) -> None:
    """Moments are exact: the first is in, the last is not."""
    made = {hour: log.add(hours=hour) for hour in (0, 23, 24, 30)}
    assert await ids(api, log, query) == [made[hour] for hour in hours]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?type=interview.exploded", "type"),
        ("?from=yesterday", "from"),
        ("?from=2026-02-30", "from"),
        ("?from=2026-03-02T09:00:00", "from"),
        ("?to=2026-03-02%00", "to"),
        ("?from=2026-03-03&to=2026-03-02", "to"),
        ("?actor=%00", "actor"),
        ("?object=a%00", "object"),
        ("?limit=0", "limit"),
        ("?cursor=x", "cursor"),
    ],
)
async def test_a_filter_that_cannot_be_used_is_named(api: Api, log: Log, query: str, field: str) -> None:
    """422, for the export as well."""
    paths = [log.path] if field in {"limit", "cursor"} else [log.path, f"{log.path}.csv"]
    for path in paths:
        response = await api.request("GET", path + query)
        assert response.status_code == 422, response.text
        assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_who_does_not_manage_reads_no_log(
    client: Client, log: Log, people: People, add_member: Callable[[Person, str], None], role: str
) -> None:
    """Neither as JSON nor as a file nor as a page."""
    log.add()
    mara = people.add("Mara", "mara@example.com")
    add_member(mara, role)
    for path in (log.path, f"{log.path}.csv"):
        response = await Api(client, mara).request("GET", path)
        assert (response.status_code, response.json()["code"]) == (403, "not-allowed")
    page = await client.get(log.page, headers=mara.headers)
    assert page.status_code == 403
    assert "Ana Ruiz" not in page.text


async def test_an_admin_reads_the_log_and_nobody_elses(
    api: Api, client: Client, log: Log, people: People, add_member: Callable[[Person, str], None]
) -> None:
    """The other workspace's events stay there."""
    made = log.add()
    await api.create_workspace("Other")
    mara = people.add("Mara", "mara@example.com")
    add_member(mara, "admin")
    assert await ids(Api(client, mara), log) == [made]


async def test_the_export_is_a_file_with_the_same_events(api: Api, log: Log) -> None:
    """Newest first, under a name that says what it is of."""
    made = [log.add(hours=hour, data={"interview": {"title": "Warum „so“?"}}) for hour in range(3)]
    response = await api.request("GET", f"{log.path}.csv?from=2026-03-02T01:00:00Z")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="audit-log-research-co-\d{4}-\d\d-\d\d\.csv"', response.headers["content-disposition"]
    )
    assert response.content.startswith(b"\xef\xbb\xbfcreatedAt,type,")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline=""), strict=True))
    assert [row["id"] for row in rows] == [made[2], made[1]]
    assert rows[0]["data"] == '{"interview":{"title":"Warum „so“?"}}'
    assert rows[0]["event"] == "Ana Ruiz created the interview Why"


async def test_the_export_calculates_nothing(api: Api, log: Log) -> None:
    """What people call things cannot run in the spreadsheet of who exports."""
    log.add(label='=HYPERLINK("http://evil.example")', actor=("user", "x", "@SUM(A1:A9)"), object_id="-1+1")
    (row,) = await rows_of(api, f"{log.path}.csv")
    assert row["objectLabel"].startswith("'=")
    assert row["actorLabel"].startswith("'@")
    assert row["event"].startswith("'@")
    assert row["objectId"] == "'-1+1"


async def test_the_export_goes_on_past_one_batch_and_ends_at_its_bound(
    api: Api, log: Log, conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a gap or a double, though many events have the same time."""
    conn.execute(
        """INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "objectId", "objectLabel", "data",
            "createdAt")
        SELECT 'e' || lpad(i::text, 6, '0'), %s, 'call.ended', 'system', 'o', 'Ines', '{}',
            timestamp '2026-03-02' + (i / 700) * interval '1 second'
        FROM generate_series(1, 2500) i""",
        (log.workspace["id"],),
    )
    rows = await rows_of(api, f"{log.path}.csv")
    assert [row["id"] for row in rows] == [f"e{number:06}" for number in range(2500, 0, -1)]
    monkeypatch.setattr("qwalo.audit.exporting.MAX_ROWS", 1200)
    assert len(await rows_of(api, f"{log.path}.csv")) == 1200


async def test_no_token_of_any_kind_is_in_the_log(
    api: Api, client: Client, log: Log, conn: psycopg.Connection, alice: Person
) -> None:
    """Nor its hash: whoever reads the log could use it otherwise."""
    interview = await api.create_interview(log.workspace)
    invitee = await api.invite(interview)
    await client.post(f"/i/{invitee['link'].rpartition('/')[2]}/acceptance")
    again = await api.invite(interview, "again@example.com")
    await api.request("POST", f"{invitee_path(interview, again)}/invitations")
    await api.request("DELETE", invitee_path(interview, again))
    await api.request("POST", f"{invitee_path(interview, again)}/invitations")
    renewed = (await api.request("GET", invitee_path(interview, again))).json()
    key = (
        await api.request("POST", f"/workspaces/{log.workspace['id']}/api-keys", {"name": "a", "scope": "write"})
    ).json()
    await api.request("DELETE", f"/workspaces/{log.workspace['id']}/api-keys/{key['id']}")
    hook = await api.request(
        "POST",
        f"/workspaces/{log.workspace['id']}/webhook-endpoints",
        {"url": "https://hooks.example.com/qwalo", "events": ["invitee.created"]},
    )
    member = await api.request(
        "POST", f"/workspaces/{log.workspace['id']}/members", {"email": "mara@example.com", "role": "admin"}
    )
    await api.request("DELETE", interview_path(interview))
    secrets = [alice.token, key["key"], *(one["link"].rpartition("/")[2] for one in (invitee, again, renewed))]
    secrets += [found for answer in (hook, member) for found in _secrets_in(answer.json())]
    kept = str(conn.execute('SELECT to_jsonb(e) FROM "AuditEvent" e').fetchall())
    types = {row[0] for row in conn.execute('SELECT DISTINCT "type" FROM "AuditEvent"')}
    assert types >= {"invitee.created", "invitee.accepted", "invitee.revoked", "api_key.created", "interview.deleted"}
    assert {"member.invited", "webhook_endpoint.created"} <= types
    for secret in secrets:
        assert secret not in kept
        assert hash_token(secret) not in kept


def _secrets_in(answer: Any) -> list[str]:
    """The values of fields that hold a secret, or a link with one."""
    fields = answer.items() if isinstance(answer, dict) else []
    return [str(value).rpartition("/")[2] for name, value in fields if name in {"secret", "link", "token", "key"}]
