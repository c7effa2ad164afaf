"""The payloads in docs/howto/webhooks.md against those that Qwalo sends."""

import json
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.events.models import WEBHOOK_EVENTS
from qwalo.invitees.delivering import send_invitation
from qwalo.invitees.links import Links
from qwalo.members.joining import accept_as_newcomer
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.transport import MailNotSent
from qwalo.settings import Settings
from qwalo.webhooks.sending import body_of, signed_headers
from tests.domains.calls.house import House
from tests.domains.members.house import make_team, token_of
from tests.domains.webhooks.office import Office
from tests.people import Api, People, Person, interview_path, invitee_path

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GUIDE = Path(__file__).parents[3] / "docs" / "howto" / "webhooks.md"


class Post:
    """A mail server that takes everything, but for one address."""

    async def send(self, message: EmailMessage, owner: str) -> None:
        if "nobody@" in str(message["To"]):
            raise MailNotSent("There is no such mailbox.", permanent=True)


@pytest.fixture
async def sent(
    client: AsyncTestClient[Litestar],
    conn: psycopg.Connection,
    database: Database,
    people: People,
    settings: Settings,
    alice: Person,
) -> dict[str, Any]:
    """What an endpoint that wants everything is sent while people do everything, by type."""
    team = await make_team(client, people, conn, alice)
    api = Api(client, alice)
    office = Office(api, client, team.id, database, conn, people, settings)
    endpoint, _ = await office.add_endpoint("https://hooks.example.com/", *WEBHOOK_EVENTS)
    interview = await api.create_interview({"id": team.id}, "Why did you choose us?")
    await api.request("PATCH", interview_path(interview), {"title": "Why did you stay with us?"})
    ines = await api.invite(interview, "ines@example.com", "Ines Moreau")
    nobody = await api.invite(interview, "nobody@example.com")
    links = Links(settings.secret_key, settings.public_url)
    rows = conn.execute('SELECT "id" FROM "Invitation"').fetchall()
    for (invitation_id,) in rows:
        await send_invitation(database, Post(), links, "Qwalo <hello@example.com>", invitation_id, last_try=True)
    found = (await api.request("GET", invitee_path(interview, ines))).json()
    accepted = await client.post(f"{found['link']}/acceptance", headers={"Sec-Fetch-Site": "same-origin"})
    assert accepted.status_code < 400
    await api.request("DELETE", invitee_path(interview, nobody))
    house = House(database, conn, alice, ines["id"])
    await house.talk()
    await house.end()
    invited = await team.invite(alice, "luis@example.com")
    async with database.transaction() as connection:
        luis, _ = await accept_as_newcomer(connection, token_of(settings, invited), "Luis Ferreira")
    await api.request("PATCH", f"{team.members}/{invited['id']}", {"role": "admin"})
    await api.request("DELETE", f"{team.members}/{invited['id']}")
    ana = await team.invite(alice, "ana@example.com", "observer")
    await api.request("DELETE", f"{team.members}/{ana['id']}")
    await api.request("DELETE", interview_path(interview))
    deliveries = await office.deliveries(endpoint)
    assert luis.name == "Luis Ferreira"
    return {one["payload"]["type"]: one["payload"] for one in deliveries}


def examples() -> dict[str, Any]:
    """Those of the guide, by type."""
    blocks = re.findall(r"^```json\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    parsed = [json.loads(block) for block in blocks]
    return {one["type"]: one for one in parsed if "type" in one}


def shape(value: Any) -> Any:
    """Names and kinds, without the values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


async def test_the_guide_shows_each_event_as_it_is_sent(sent: dict[str, Any]) -> None:
    """Every event has its example, and each has the fields that are really sent."""
    assert set(examples()) == set(sent) == set(WEBHOOK_EVENTS)
    for kind, payload in sent.items():
        assert shape(examples()[kind]) == shape(payload), kind


async def test_no_payload_has_a_link_or_a_token(sent: dict[str, Any]) -> None:
    written = json.dumps(sent)
    assert "http" not in written
    assert "token" not in written.lower()


def test_the_guide_verifies_in_python_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code is run as it stands there."""
    monkeypatch.setenv("QWALO_WEBHOOK_SECRET", SECRET)
    code = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)[0]
    names: dict[str, Any] = {}
    exec(code, names)
    body = body_of("call.ended", "2026-03-02T10:05:00.120Z", "{}")
    headers = dict(signed_headers("evt_1", datetime.now(UTC), body, [SECRET]))
    assert names["receive"](body, headers) == 204
    assert names["receive"](body + b" ", headers) == 400
    assert names["receive"](body, headers | {"webhook-signature": "nonsense"}) == 400
    assert names["receive"](body, {}) == 400
