"""Every route for its owner, for another person and for nobody; and every path whose parts do not belong together."""

import itertools
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from qwalo.platform.ids import cuid
from qwalo.platform.mail.mailbox import LocalMailbox
from qwalo.platform.mail.message import Mail, compose
from qwalo.settings import Settings
from tests.call_rows import CallRows
from tests.clerk import ClerkStandIn
from tests.conftest import make_settings
from tests.contracts.asking import Asker, Ids, dump, routes_of
from tests.contracts.routes import ALL, API, OWN, PUBLIC, TENANT, WITH_CLERK, Route
from tests.people import Api, Person

Client = AsyncTestClient[Litestar]


class House(NamedTuple):
    """Alice has two workspaces, the first with two interviews; Bob has one. Each has an invitee with a call."""

    first: Ids
    sister: Ids
    second: Ids
    of_bob: Ids


@pytest.fixture
async def asker(client: Client, settings: Settings) -> Asker:
    return Asker(client, settings, (await client.get("/openapi.json")).json()["paths"])


@pytest.fixture
async def house(client: Client, conn: psycopg.Connection, alice: Person, bob: Person) -> House:
    hers, his, calls = Api(client, alice), Api(client, bob), CallRows(conn)
    first = await _furnish(hers, calls)
    sister = await hers.create_interview({"id": first.workspace_id}, "Sister")
    invitee = await hers.invite(sister)
    beside = Ids(first.workspace_id, sister["id"], invitee["id"], calls.call(invitee))
    return House(first, beside, await _furnish(hers, calls), await _furnish(his, calls))


def test_every_route_is_in_the_table(app: Litestar) -> None:
    """A route that is new says here who may use it; one that is gone is taken out."""
    assert routes_of(app) == set(ALL)


def test_every_route_with_clerk_is_in_the_table(tmp_path: Path, address: str) -> None:
    """Its pages of sign-in replace ours, and its webhook is signed."""
    local = {("POST", "/sign-in"), ("GET", "/sign-in/{token}"), ("POST", "/sign-in/{token}")}
    app = create_app(make_settings(tmp_path, **ClerkStandIn().environment()), address)
    assert routes_of(app) == set(ALL) - local | WITH_CLERK


async def test_the_owner_is_answered(
    app: Litestar, asker: Asker, client: Client, conn: psycopg.Connection, alice: Person, settings: Settings
) -> None:
    """So that the refusals below are not those of a request that is wrong anyway."""
    answers = {}
    for route in ALL:
        ids = await _furnish(Api(client, alice), CallRows(conn))
        ids = ids._replace(key=await _keep_mail(settings, alice))
        answers[route] = await _status(app, asker, route, ids, alice)
    assert answers == {route: expected.owner for route, expected in ALL.items()}


async def test_another_person_is_answered_as_if_nothing_were_there(
    app: Litestar, asker: Asker, conn: psycopg.Connection, house: House, alice: Person, bob: Person, settings: Settings
) -> None:
    """404 below somebody's workspace, and no row has changed, not even its `updatedAt`."""
    ids = house.first._replace(key=await _keep_mail(settings, alice))
    before = dump(conn)
    answers = {route: await _status(app, asker, route, ids, bob) for route in TENANT | PUBLIC}
    assert answers == {route: ALL[route].other for route in answers}
    assert dump(conn) == before


async def test_each_person_has_lists_of_their_own(
    app: Litestar, asker: Asker, house: House, bob: Person, client: Client
) -> None:
    """What begins with no id begins with the person who asks."""
    answers = {route: await _status(app, asker, route, house.first, bob) for route in OWN}
    assert answers == {route: ALL[route].other for route in OWN}
    listed = (await client.get("/workspaces", headers=bob.headers)).text
    assert house.of_bob.workspace_id in listed
    assert house.first.workspace_id not in listed


async def test_nobody_is_led_to_sign_in(
    app: Litestar, asker: Asker, conn: psycopg.Connection, house: House, alice: Person, settings: Settings
) -> None:
    """401 with a challenge for programs, 303 to /sign-in for browsers, and nothing has changed."""
    ids = house.first._replace(key=await _keep_mail(settings, alice))
    before = dump(conn)
    for route, expected in ALL.items():
        if route[1].endswith("/live"):
            assert await _status(app, asker, route, ids, None) == expected.nobody
            continue
        response = await asker.ask(*route, ids, None)
        assert response.status_code == expected.nobody, route
        if expected.nobody == 401:
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["code"] == "not-signed-in"
        elif route not in PUBLIC:
            assert response.headers["location"].startswith("/sign-in?next=")
    assert dump(conn) == before


async def test_asking_for_the_methods_needs_what_the_route_needs(
    app: Litestar, client: Client, conn: psycopg.Connection, house: House
) -> None:
    """OPTIONS tells nobody what is behind a closed route, and changes nothing."""
    before = dump(conn)
    for template in {template for _, template in ALL}:
        closed = any(route[1] == template and route not in PUBLIC for route in ALL)
        response = await client.options(house.first.fill(template), follow_redirects=False)
        assert response.status_code in ({401, 303} if closed else {204}), template
    assert dump(conn) == before


async def test_parts_that_do_not_belong_together_are_not_there(
    app: Litestar, asker: Asker, conn: psycopg.Connection, house: House, alice: Person
) -> None:
    """Own and foreign parents and children in every mixture: the same 404, the same words, no change."""
    before = dump(conn)
    own = {house.first.workspace_id, house.second.workspace_id}
    for route in TENANT:
        words: dict[bool, set[str]] = {True: set(), False: set()}
        for ids in _mixtures(house, route):
            if route[1].endswith("/live"):
                assert asker.live(app, ids.fill(route[1]), alice) == 404
                continue
            response = await asker.ask(*route, ids, alice)
            assert response.status_code == 404, (route, ids)
            words[ids.workspace_id in own].add(response.text)
        # Whether a workspace is one's own is no secret; all else is.
        assert all(len(texts) <= 1 for texts in words.values()), route
    assert dump(conn) == before


async def test_a_foreign_id_and_a_missing_one_are_the_same(asker: Asker, house: House, alice: Person) -> None:
    """Code, title and detail tell nobody that somebody else has it."""
    for route in API:
        foreign = await asker.ask(*route, house.of_bob, alice)
        missing = await asker.ask(*route, _missing(), alice)
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json() == missing.json()


async def test_an_id_in_a_body_is_refused(client: Client, conn: psycopg.Connection, house: House, bob: Person) -> None:
    """Nothing is moved to or made in another's workspace by naming it."""
    before = dump(conn)
    mine, theirs = house.of_bob, house.first
    path = mine.fill("/workspaces/{workspace_id}/interviews/{interview_id}")
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/workspaces", {"name": "a", "organizationName": "b", "ownerId": bob.id}),
        ("PATCH", mine.fill("/workspaces/{workspace_id}"), {"ownerId": bob.id}),
        ("PATCH", path, {"workspaceId": theirs.workspace_id}),
        ("POST", f"{path}/invitees", {"email": "a@example.com", "interviewId": theirs.interview_id}),
        ("PATCH", f"{path}/invitees/{mine.invitee_id}", {"interviewId": theirs.interview_id}),
    ]
    for method, address, body in bodies:
        assert (await client.request(method, address, json=body, headers=bob.headers)).status_code == 422, address
    assert dump(conn) == before


def _mixtures(house: House, route: Route) -> list[Ids]:
    """All that a route with several ids could be asked for, apart from what is really there."""
    names = (
        *("workspace_id", "interview_id", "invitee_id", "call_id", "api_key_id", "member_id"),
        *("endpoint_id", "delivery_id"),
    )
    parts = [part for part in names if part in route[1]]
    if len(parts) < 2:
        return []
    right = {tuple(getattr(ids, part) for part in parts) for ids in (house.first, house.sister, house.second)}
    choices = [{getattr(ids, part) for ids in (*house, _missing())} for part in parts]
    wrong = set(itertools.product(*choices)) - right
    return [_missing()._replace(**dict(zip(parts, mixture, strict=True))) for mixture in wrong]


def _missing() -> Ids:
    return Ids(cuid(), cuid(), cuid(), cuid())


async def _status(app: Litestar, asker: Asker, route: Route, ids: Ids, person: Person | None) -> int:
    if route[1].endswith("/live") and not route[1].startswith("/health"):
        return asker.live(app, ids.fill(route[1]), person)
    return (await asker.ask(*route, ids, person)).status_code


async def _furnish(api: Api, calls: CallRows) -> Ids:
    workspace = await api.create_workspace()
    interview = await api.create_interview(workspace)
    invitee = await api.invite(interview, "guest@example.com")
    key = await api.request("POST", f"/workspaces/{workspace['id']}/api-keys", {"name": "A program", "scope": "read"})
    member = await api.request(
        "POST", f"/workspaces/{workspace['id']}/members", {"email": "colleague@example.com", "role": "member"}
    )
    endpoint_id, delivery_id = await _tell_somebody(api, workspace["id"])
    return Ids(
        workspace["id"], interview["id"], invitee["id"], calls.call(invitee), key.json()["id"], member.json()["id"]
    )._replace(endpoint_id=endpoint_id, delivery_id=delivery_id)


async def _tell_somebody(api: Api, workspace_id: str) -> tuple[str, str]:
    """The ids of a webhook endpoint and of a delivery to it."""
    path = f"/workspaces/{workspace_id}/webhook-endpoints"
    made = await api.request("POST", path, {"url": "https://hooks.example.com/", "events": ["call.ended"]})
    endpoint_id = made.json()["endpoint"]["id"]
    delivery = await api.request("POST", f"{path}/{endpoint_id}/tests")
    return endpoint_id, delivery.json()["id"]


async def _keep_mail(settings: Settings, owner: Person) -> str:
    mailbox = LocalMailbox(settings.data_dir / "mailbox")
    mail = Mail(
        message_id=f"<{cuid()}@example.com>", to_email="a@example.com", to_name=None, subject="s", text="t", html="h"
    )
    await mailbox.send(compose(mail, "Qwalo <no-reply@example.com>"), owner.id)
    return (await mailbox.list(owner.id))[0].key
