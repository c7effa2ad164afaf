"""Accepting an invitation, and the cookie that the link is exchanged for."""

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import psycopg
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from tests.conftest import make_settings
from tests.journeys.opening import Client, open_link, path_of, row
from tests.people import Api, invitee_path


async def test_accepting_again_is_the_same_as_once(
    client: Client, invitee: dict[str, Any], conn: psycopg.Connection
) -> None:
    """The second acceptance answers the same and changes nothing."""
    first = await client.post(f"{path_of(invitee)}/acceptance")
    accepted = row(conn)
    second = await client.post(f"{path_of(invitee)}/acceptance")
    assert (first.status_code, first.json()) == (200, {"status": "accepted"})
    assert (second.status_code, second.json()) == (200, {"status": "accepted"})
    assert row(conn) == accepted


async def test_a_program_accepts_with_the_link_alone(api: Api, client: Client, interview: dict[str, Any]) -> None:
    """No cookie, no header, no body is needed, and the host sees it."""
    invitee = await api.invite(interview)
    client.cookies.clear()
    await client.post(f"{path_of(invitee)}/acceptance")
    seen = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert seen["status"] == "accepted"
    assert seen["acceptedAt"]


async def test_accepting_does_not_undo_completion(
    api: Api, client: Client, interview: dict[str, Any], invitee: dict[str, Any]
) -> None:
    """The link of a completed interview says so, however often it is used."""
    await api.request("PATCH", invitee_path(interview, invitee), {"status": "completed"})
    assert (await client.post(f"{path_of(invitee)}/acceptance")).json() == {"status": "completed"}
    page = await open_link(client, invitee)
    assert page.status_code == 200
    assert "Thank you, Ines" in page.text


async def test_join_on_the_page_accepts_with_the_cookie(
    api: Api, client: Client, interview: dict[str, Any], invitee: dict[str, Any], conn: psycopg.Connection
) -> None:
    """The form of our own page accepts and comes back to it; one of another site does not."""
    await open_link(client, invitee)
    path = f"/join/{invitee['id']}/acceptance"
    foreign = await client.post(path, headers={"Origin": "https://evil.example"}, follow_redirects=False)
    assert foreign.status_code == 403
    silent = await client.post(path, follow_redirects=False)
    assert silent.status_code == 403
    assert (await api.request("GET", invitee_path(interview, invitee))).json()["status"] == "pending"
    answer = await client.post(path, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/join/{invitee['id']}")
    assert (await api.request("GET", invitee_path(interview, invitee))).json()["status"] == "accepted"


async def test_the_cookie_of_one_invitee_opens_no_other_seat(
    api: Api, client: Client, interview: dict[str, Any], invitee: dict[str, Any]
) -> None:
    """Neither as it is, nor under the name of the other's cookie."""
    other = await api.invite(interview, "otto@example.com")
    await open_link(client, invitee)
    assert (await client.get(f"/join/{other['id']}")).status_code == 404
    [cookie] = [c for c in client.cookies.jar if invitee["id"] in c.name]
    client.cookies.set(cookie.name.replace(invitee["id"], other["id"]), str(cookie.value), domain="qwalo.test")
    assert (await client.get(f"/join/{other['id']}")).status_code == 404


async def test_the_cookie_is_for_this_browser_alone(client: Client, invitee: dict[str, Any]) -> None:
    """Scripts cannot read it, and other sites cannot send it along; over http it cannot be Secure."""
    cookie = await link_cookie(client, invitee)
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "lax"
    assert cookie["path"] == "/"
    assert not cookie["secure"]


async def test_over_https_the_cookie_belongs_to_the_host(
    database_url: str, invitee: dict[str, Any], tmp_path: Path
) -> None:
    """It is Secure, and its name keeps sister domains from setting one."""
    settings = make_settings(tmp_path, QWALO_PUBLIC_URL="https://qwalo.test")
    async with AsyncTestClient(create_app(settings, database_url), base_url=settings.public_url) as client:
        cookie = await link_cookie(client, invitee)
        assert cookie.key.startswith("__Host-")
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert (await open_link(client, invitee)).status_code == 200


async def link_cookie(client: Client, invitee: dict[str, Any]) -> Any:
    answer = await client.get(path_of(invitee), follow_redirects=False)
    [cookie] = SimpleCookie(answer.headers["set-cookie"]).values()
    return cookie
