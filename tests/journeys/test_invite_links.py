"""Personal links as their holders and finders meet them: what works, what does not, and what looking leaves behind."""

import html
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from httpx import Response

from tests.journeys.opening import Client, open_link, path_of, row
from tests.people import Api, Person, invitee_path

UNKNOWN = "A" * 43
LOOKS = ("GET", "HEAD", "OPTIONS")


def expire(conn: psycopg.Connection) -> None:
    conn.execute("""UPDATE "InterviewInvitee" SET "linkExpiresAt" = utc_now() - interval '1 ms'""")


def revoke(conn: psycopg.Connection) -> None:
    conn.execute("""UPDATE "InterviewInvitee" SET "revokedAt" = utc_now()""")


async def test_looking_changes_nothing(client: Client, invitee: dict[str, Any], conn: psycopg.Connection) -> None:
    """A mail scanner that opens the link, and the page behind it, leaves the row as it was, its time included."""
    await open_link(client, invitee)
    before = row(conn)
    for method in LOOKS:
        for path in (path_of(invitee), f"{path_of(invitee)}/acceptance"):
            await client.request(method, path, follow_redirects=False)
        for path in (f"/join/{invitee['id']}", f"/join/{invitee['id']}/acceptance"):
            await client.request(method, path, follow_redirects=False)
    assert row(conn) == before


async def test_a_link_is_exchanged_for_a_page_whose_address_tells_nothing(
    client: Client, invitee: dict[str, Any]
) -> None:
    """The token is in the address of the first request alone, and no referrer carries it on."""
    answer = await client.get(path_of(invitee), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/join/{invitee['id']}"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    page = await client.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Why did you choose us?" in page.text
    assert path_of(invitee) not in page.text


@pytest.mark.parametrize("breaking", [expire, revoke])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_a_link_that_does_not_work_tells_nobody_why(
    client: Client,
    invitee: dict[str, Any],
    conn: psycopg.Connection,
    breaking: Callable[[psycopg.Connection], None],
    accept: str,
) -> None:
    """Expired and revoked links answer as unknown ones do, to the byte; so does every path behind them."""
    await open_link(client, invitee)
    seat = f"/join/{invitee['id']}"
    breaking(conn)
    known = path_of(invitee)
    for method, broken, unknown in (
        ("GET", known, f"/i/{UNKNOWN}"),
        ("GET", known, "/i/short"),
        ("POST", f"{known}/acceptance", f"/i/{UNKNOWN}/acceptance"),
        ("GET", seat, "/join/nobody"),
        ("GET", f"{seat}/live", "/join/nobody/live"),
        ("POST", f"{seat}/acceptance", "/join/nobody/acceptance"),
    ):
        headers = {"Accept": accept, "Sec-Fetch-Site": "same-origin"}
        answers = [await client.request(method, path, headers=headers) for path in (broken, unknown)]
        assert [answer.status_code for answer in answers] == [404, 404], broken
        assert answers[0].content == answers[1].content
        assert same_headers(answers[0]) == same_headers(answers[1])


async def test_a_person_gets_a_page_and_a_program_a_problem(client: Client) -> None:
    """The page says what to do next; the JSON has the stable code."""
    page = await client.get(f"/i/{UNKNOWN}")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "Ask for a new link" in page.text
    problem = await client.post(f"/i/{UNKNOWN}/acceptance")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "link-not-valid"


async def test_a_replaced_link_is_worthless_and_the_new_one_works(
    api: Api, client: Client, interview: dict[str, Any], invitee: dict[str, Any]
) -> None:
    """After revoking and sending again, neither the old link nor its cookie opens anything."""
    await open_link(client, invitee)
    await api.request("DELETE", invitee_path(interview, invitee))
    await api.request("POST", f"{invitee_path(interview, invitee)}/invitations")
    renewed = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert renewed["link"] != invitee["link"]
    assert (await client.get(path_of(invitee))).status_code == 404
    assert (await client.get(f"/join/{invitee['id']}")).status_code == 404
    assert (await open_link(client, renewed)).status_code == 200


async def test_sending_again_keeps_a_link_that_works(
    api: Api, client: Client, interview: dict[str, Any], invitee: dict[str, Any]
) -> None:
    """Whoever has the first mail can still use it."""
    await api.request("POST", f"{invitee_path(interview, invitee)}/invitations")
    renewed = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert renewed["link"] == invitee["link"]
    assert (await open_link(client, invitee)).status_code == 200


async def test_sending_again_revives_an_expired_link(
    api: Api, client: Client, interview: dict[str, Any], invitee: dict[str, Any], conn: psycopg.Connection
) -> None:
    """The time begins anew with the new mail."""
    expire(conn)
    await api.request("POST", f"{invitee_path(interview, invitee)}/invitations")
    assert (await open_link(client, invitee)).status_code == 200


async def test_a_revoked_invitee_has_no_link_to_copy(
    api: Api, interview: dict[str, Any], invitee: dict[str, Any]
) -> None:
    """The API shows when it was revoked instead."""
    await api.request("DELETE", invitee_path(interview, invitee))
    seen = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert "link" not in seen
    assert seen["revokedAt"]


async def test_the_database_does_not_know_the_token(
    client: Client, invitee: dict[str, Any], conn: psycopg.Connection
) -> None:
    """No text of any table holds it, the waiting jobs included."""
    await open_link(client, invitee)
    token = path_of(invitee).removeprefix("/i/")
    columns = conn.execute(
        """
        SELECT table_schema, table_name, column_name FROM information_schema.columns
        WHERE table_schema IN ('public', 'qwalo_internal')
        """
    ).fetchall()
    assert ("public", "InterviewInvitee", "tokenHash") in columns
    for schema, table, column in columns:
        found = conn.execute(
            f'SELECT count(*) FROM "{schema}"."{table}" WHERE position(%s IN "{column}"::text) > 0', (token,)
        ).fetchone()
        assert found == (0,), f"{table}.{column}"


async def test_names_are_shown_as_they_are_written(api: Api, client: Client, alice: Person) -> None:
    """A name that looks like markup is text on every page that shows it."""
    evil = '<script>alert("1")</script>'
    workspace = await api.create_workspace(f"W{evil}", f"O{evil}")
    interview = await api.create_interview(workspace, f"T{evil}")
    invitee = await api.invite(interview, name=f"I{evil}")
    pages = [await open_link(client, invitee)]
    client.cookies.update(alice.cookies)
    dashboard = f"/dashboard/workspaces/{workspace['id']}"
    paths = ("/dashboard", dashboard, f"{dashboard}/interviews/{interview['id']}", f"{dashboard}/settings")
    pages += [await client.get(path) for path in paths]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert html.escape(evil)[:10] in page.text


def same_headers(response: Response) -> dict[str, str]:
    of_each_request = {"date", "x-request-id", "ratelimit"}
    return {name: value for name, value in response.headers.items() if name not in of_each_request}
