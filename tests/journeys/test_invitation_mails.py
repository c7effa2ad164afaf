"""What the mail of an invitation says, written by the real job into a mailbox."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.invitees.delivering import send_invitation
from qwalo.invitees.links import Links
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.mailbox import LocalMailbox, StoredMail
from qwalo.settings import Settings
from tests.journeys.acting import link_in
from tests.people import Api, Person, invitee_path

Client = AsyncTestClient[Litestar]


class Outbox:
    """Sends what waits in the database into a mailbox of the test."""

    def __init__(self, database: Database, settings: Settings, conn: psycopg.Connection, folder: Path) -> None:
        self._database = database
        self._settings = settings
        self._conn = conn
        self._mailbox = LocalMailbox(folder)

    async def deliver(self) -> None:
        links = Links(self._settings.secret_key, self._settings.public_url)
        waiting = self._conn.execute('SELECT "id" FROM "Invitation" ORDER BY "createdAt"').fetchall()
        for (invitation_id,) in waiting:
            await send_invitation(
                self._database, self._mailbox, links, self._settings.mail_from, invitation_id, last_try=False
            )

    async def mail(self, owner: str) -> StoredMail:
        """The newest mail of a host."""
        await self.deliver()
        newest = (await self._mailbox.list(owner))[0]
        mail = await self._mailbox.read(owner, newest.key)
        assert mail is not None
        return mail


@pytest.fixture
def outbox(database: Database, settings: Settings, conn: psycopg.Connection, tmp_path: Path) -> Outbox:
    return Outbox(database, settings, conn, tmp_path / "outbox")


async def test_the_link_of_the_api_is_the_mailed_one(
    api: Api, interview: dict[str, Any], alice: Person, outbox: Outbox
) -> None:
    """The answer to the invitation, the invitee read later, and both parts of the mail carry the same link."""
    invitee = await api.invite(interview)
    mail = await outbox.mail(alice.id)
    read = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert link_in(mail.text or "") == link_in(mail.html or "") == invitee["link"] == read["link"]


async def test_the_host_header_is_in_no_link(
    client: Client, interview: dict[str, Any], alice: Person, outbox: Outbox
) -> None:
    """Links begin with the public address, whatever a request says of who it is for."""
    path = f"/workspaces/{interview['workspaceId']}/interviews/{interview['id']}/invitees"
    foreign = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = await client.post(path, json={"email": "ines@example.com"}, headers=alice.headers | foreign)
    mail = await outbox.mail(alice.id)
    assert answer.json()["link"].startswith("http://qwalo.test/i/")
    assert link_in(mail.text or "").startswith("http://qwalo.test/i/")
    assert "evil.example" not in answer.text + (mail.text or "") + (mail.html or "")


async def test_markup_in_names_is_text_in_the_mail(api: Api, alice: Person, outbox: Outbox) -> None:
    """The HTML part escapes what people called things."""
    evil = "<img src=x onerror=alert(1)>"
    workspace = await api.create_workspace(organization=f"O{evil}")
    await api.invite(await api.create_interview(workspace, f"T{evil}"), name=f"I{evil}")
    mail = await outbox.mail(alice.id)
    assert "<img" not in (mail.html or "")
    assert "&lt;img" in (mail.html or "")
    assert f"T{evil}" in (mail.text or "")


async def test_sending_twice_writes_one_mail(
    api: Api, interview: dict[str, Any], alice: Person, outbox: Outbox
) -> None:
    """A job that runs again after its mail was sent has nothing to do."""
    await api.invite(interview)
    first = await outbox.mail(alice.id)
    assert (await outbox.mail(alice.id)).key == first.key


async def test_a_mail_after_revoking_carries_the_new_link(
    api: Api, interview: dict[str, Any], alice: Person, outbox: Outbox
) -> None:
    """The mail that waited with the old link does not go out; the one that was asked for does."""
    invitee = await api.invite(interview)
    await api.request("DELETE", invitee_path(interview, invitee))
    await api.request("POST", f"{invitee_path(interview, invitee)}/invitations")
    mail = await outbox.mail(alice.id)
    read = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert link_in(mail.text or "") == read["link"] != invitee["link"]
