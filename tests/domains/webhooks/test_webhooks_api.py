"""Endpoints by the JSON API: what they are, who may have them, and what is refused."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from qwalo.webhooks.models import MAX_ENDPOINTS
from tests.conftest import make_settings
from tests.domains.webhooks.office import Office
from tests.people import Api, Person

URL = "https://hooks.example.com/qwalo?token=abc"


async def test_the_secret_is_shown_once(office: Office) -> None:
    """When it is made: 32 random bytes, in the form of the scheme. No later answer has it."""
    endpoint, secret = await office.add_endpoint(URL)
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    listed = await office.api.request("GET", office.path)
    seen = await office.api.request("GET", f"{office.path}/{endpoint['id']}")
    changed = await office.change(endpoint, description="Another")
    for answer in (listed, seen, changed):
        assert answer.status_code == 200
        assert "whsec_" not in answer.text
        assert "secret" not in answer.text.lower().replace("previoussecret", "")


async def test_the_secret_is_kept_encrypted(office: Office, conn: psycopg.Connection) -> None:
    _, secret = await office.add_endpoint(URL)
    kept = conn.execute('SELECT "secret" FROM "WebhookEndpoint"').fetchall()[0][0]
    assert secret.removeprefix("whsec_") not in kept
    assert kept.startswith("gAAAA")


async def test_an_endpoint_is_what_was_asked_for(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(
        "https://B\u00fccher.example/a", "call.ended", "invitee.sent", "call.ended", description="  Our CRM "
    )
    assert endpoint["url"] == "https://xn--bcher-kva.example/a"
    assert endpoint["events"] == ["call.ended", "invitee.sent"]
    assert endpoint["description"] == "Our CRM"
    assert set(endpoint) == {"id", "workspaceId", "url", "events", "description", "createdAt", "updatedAt"}


async def test_what_is_not_sent_stays_as_it_is(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL, description="Our CRM")
    changed = (await office.change(endpoint, events=["call.ended"])).json()
    assert (changed["url"], changed["description"], changed["events"]) == (URL, "Our CRM", ["call.ended"])
    changed = (await office.change(endpoint, description=None)).json()
    assert "description" not in changed


async def test_an_endpoint_is_disabled_and_enabled(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    disabled = (await office.change(endpoint, disabled=True)).json()
    assert "disabledAt" in disabled
    assert "disabledReason" not in disabled
    assert "disabledAt" not in (await office.change(endpoint, disabled=False)).json()


@pytest.mark.parametrize("value", [0, 1, "true", "", None, []])
async def test_a_state_is_true_or_false(value: Any, office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    response = await office.change(endpoint, disabled=value)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "disabled"


async def test_a_deleted_endpoint_is_gone(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    path = f"{office.path}/{endpoint['id']}"
    assert (await office.api.request("DELETE", path)).status_code == 204
    assert (await office.api.request("GET", path)).status_code == 404
    assert (await office.api.request("DELETE", path)).status_code == 404


async def test_a_rotated_secret_is_shown_once_with_its_overlap(office: Office) -> None:
    endpoint, old = await office.add_endpoint(URL)
    path = f"{office.path}/{endpoint['id']}"
    made = await office.api.request("POST", f"{path}/secret-rotations", {})
    assert made.status_code == 201
    assert made.json()["secret"] not in {old, None}
    seen = (await office.api.request("GET", path)).json()
    assert made.json()["endpoint"] == seen
    assert "previousSecretExpiresAt" in seen
    ended = await office.api.request("POST", f"{path}/secret-rotations", {"overlapHours": 0})
    assert "previousSecretExpiresAt" not in ended.json()["endpoint"]


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "a day", None])
async def test_an_overlap_that_cannot_be_is_refused(hours: Any, office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    path = f"{office.path}/{endpoint['id']}/secret-rotations"
    response = await office.api.request("POST", path, {"overlapHours": hours})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "overlapHours"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "hooks.example.com", "events": ["call.ended"]}, "url"),
        ({"url": "https://user:pass@hooks.example.com/", "events": ["call.ended"]}, "url"),
        ({"url": "https://hooks.example.com/#a", "events": ["call.ended"]}, "url"),
        ({"url": "https://2130706433/", "events": ["call.ended"]}, "url"),
        ({"url": 5, "events": ["call.ended"]}, "url"),
        ({"events": ["call.ended"]}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL}, "events"),
        ({"url": URL, "events": "call.ended"}, "events"),
        ({"url": URL, "events": ["call.ended"], "description": "a\nb"}, "description"),
        ({"url": URL, "events": ["call.ended"], "description": "a" * 201}, "description"),
        ({"url": URL, "events": ["call.ended"], "secret": "whsec_abcd"}, "secret"),
    ],
)
async def test_bad_input_is_refused_by_field(body: dict[str, Any], field: str, office: Office) -> None:
    response = await office.api.request("POST", office.path, body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("event", ["workspace.updated", "webhook_endpoint.tested", "*", "", "call"])
async def test_an_event_that_webhooks_are_not_told_is_refused(event: str, office: Office) -> None:
    response = await office.api.request("POST", office.path, {"url": URL, "events": [event]})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"].startswith("events")


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/"])
async def test_private_addresses_are_refused_unless_the_setting_allows_them(
    url: str, alice: Person, database_url: str, tmp_path: Path
) -> None:
    """When it is made and when it is changed."""
    app = create_app(make_settings(tmp_path), database_url)
    async with AsyncTestClient(app, base_url="http://qwalo.test") as client:
        api = Api(client, alice)
        path = f"/workspaces/{(await api.create_workspace())['id']}/webhook-endpoints"
        refused = await api.request("POST", path, {"url": url, "events": ["call.ended"]})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "url"
        made = await api.request("POST", path, {"url": URL, "events": ["call.ended"]})
        changed = await api.request("PATCH", f"{path}/{made.json()['endpoint']['id']}", {"url": url})
        assert changed.status_code == 422


async def test_a_workspace_has_only_so_many_endpoints(office: Office) -> None:
    """Also when many are made at once."""
    body = {"url": URL, "events": ["call.ended"]}
    answers = await asyncio.gather(
        *(office.api.request("POST", office.path, body) for _ in range(MAX_ENDPOINTS + 3)),
    )
    assert sorted(answer.status_code for answer in answers) == [201] * MAX_ENDPOINTS + [409] * 3
    assert (await office.api.request("POST", office.path, body)).json()["code"] == "too-many-webhook-endpoints"


async def test_the_list_is_in_pages(office: Office) -> None:
    made = [(await office.add_endpoint(URL))[0]["id"] for _ in range(3)]
    first = await office.api.request("GET", f"{office.path}?limit=2")
    rest = await office.api.request("GET", first.links["next"]["url"].removeprefix("http://qwalo.test"))
    assert [one["id"] for one in first.json() + rest.json()] == made[::-1]
    assert "next" not in rest.links


def _requests(office: Office, endpoint: dict[str, Any], delivery: str) -> list[tuple[str, str, Any]]:
    one = f"{office.path}/{endpoint['id']}"
    return [
        ("GET", office.path, None),
        ("POST", office.path, {"url": URL, "events": ["call.ended"]}),
        ("GET", one, None),
        ("PATCH", one, {"disabled": True}),
        ("POST", f"{one}/secret-rotations", {}),
        ("POST", f"{one}/tests", None),
        ("GET", f"{one}/deliveries", None),
        ("POST", f"{one}/deliveries/{delivery}/attempts", None),
        ("DELETE", one, None),
    ]


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_members_and_observers_may_not_see_or_change_webhooks(role: str, office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    await office.happens()
    delivery = await office.delivery(endpoint)
    _, their = office.join("Mia", role)
    for method, path, body in _requests(office, endpoint, delivery["id"]):
        assert (await their.request(method, path, body)).status_code == 403, (method, path)
    assert await office.endpoint(endpoint) == endpoint


async def test_an_admin_may_do_all_of_it(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    await office.happens()
    delivery = await office.delivery(endpoint)
    _, their = office.join("Ada", "admin")
    statuses = [
        (await their.request(method, path, body)).status_code
        for method, path, body in _requests(office, endpoint, delivery["id"])
    ]
    # What was disabled in the fourth is neither tested nor sent to.
    assert statuses == [200, 201, 200, 200, 201, 409, 200, 409, 204]


async def test_for_strangers_there_are_no_webhooks(office: Office, client: AsyncTestClient[Any], bob: Person) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    await office.happens()
    delivery = await office.delivery(endpoint)
    for method, path, body in _requests(office, endpoint, delivery["id"]):
        assert (await Api(client, bob).request(method, path, body)).status_code == 404, (method, path)


async def test_an_endpoint_is_found_in_its_own_workspace_alone(office: Office) -> None:
    """Both are Alice's."""
    endpoint, _ = await office.add_endpoint(URL)
    await office.happens()
    delivery = await office.delivery(endpoint)
    other = await office.api.create_workspace("Another")
    there = f"/workspaces/{other['id']}/webhook-endpoints"
    for method, path, body in _requests(office, endpoint, delivery["id"]):
        if path != office.path:
            wrong = path.replace(office.path, there)
            assert (await office.api.request(method, wrong, body)).status_code == 404, (method, wrong)


async def test_a_delivery_is_sent_again_to_its_own_endpoint_alone(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    await office.happens()
    other, _ = await office.add_endpoint(URL)
    refused = await office.send_again(other, await office.delivery(endpoint))
    assert refused.status_code == 404
    assert refused.json()["code"] == "webhook-delivery-not-found"


async def test_every_change_is_in_the_audit_log(office: Office) -> None:
    """With the host, and neither the secret nor the rest of the address, which may hold a token."""
    endpoint, secret = await office.add_endpoint(URL)
    await office.change(endpoint, url="https://other.example/?token=def", events=["call.ended"])
    made = await office.api.request("POST", f"{office.path}/{endpoint['id']}/secret-rotations", {"overlapHours": 2})
    await office.api.request("POST", f"{office.path}/{endpoint['id']}/tests")
    await office.change(endpoint, disabled=True)
    await office.change(endpoint, disabled=False)
    await office.api.request("DELETE", f"{office.path}/{endpoint['id']}")
    audited = office.audited()
    assert [kind for kind, _, _ in audited] == [
        f"webhook_endpoint.{what}"
        for what in ("created", "updated", "rotated", "tested", "disabled", "enabled", "deleted")
    ]
    assert {actor for _, actor, _ in audited} == {"user"}
    assert audited[1][2]["changes"]["url"] == {"old": "hooks.example.com", "new": "other.example"}
    assert audited[2][2]["overlapHours"] == 2
    written = str(audited)
    for hidden in (secret, made.json()["secret"], "token=", "whsec_"):
        assert hidden not in written


async def test_what_changes_nothing_is_not_written_down(office: Office) -> None:
    endpoint, _ = await office.add_endpoint(URL)
    await office.change(endpoint, url=URL, disabled=False)
    assert [kind for kind, _, _ in office.audited()] == ["webhook_endpoint.created"]
