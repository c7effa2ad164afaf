"""What the host is told when the mail of an invitation cannot go out for a reason that nobody foresaw."""

from email.message import EmailMessage

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.invitees.delivering import send_invitation
from qwalo.invitees.links import Links
from qwalo.platform.db.pool import Database
from qwalo.settings import Settings
from tests.people import Api, Person, invitee_path

SENDER = "Qwalo <hello@example.com>"


class BrokenMailer:
    """Fails in a way that is no answer of a mail server, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def send(self, message: EmailMessage, owner: str) -> None:
        self.asked += 1
        raise RuntimeError("a fault of ours")


class Sent:
    """An invitee whose mail is due."""

    def __init__(self, api: Api, path: str, invitation_id: str) -> None:
        self._api = api
        self._path = path
        self.invitation_id = invitation_id

    async def problem(self) -> str:
        invitee = (await self._api.request("GET", self._path)).json()
        assert "bouncedAt" in invitee
        assert "sentAt" not in invitee
        return str(invitee["deliveryProblem"])


@pytest.fixture
async def due(client: AsyncTestClient[Litestar], alice: Person) -> Sent:
    api = Api(client, alice)
    interview = await api.create_interview(await api.create_workspace())
    path = invitee_path(interview, await api.invite(interview))
    invitation = await api.request("POST", f"{path}/invitations")
    return Sent(api, path, invitation.json()["id"])


async def test_a_fault_of_ours_is_shown_on_the_invitee(due: Sent, database: Database, settings: Settings) -> None:
    """The log has the fault; the host does not wait for the mail unknowingly."""
    links = Links(settings.secret_key, settings.public_url)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await send_invitation(database, BrokenMailer(), links, SENDER, due.invitation_id, last_try=False)
    assert "could not be written" in await due.problem()


async def test_no_mail_carries_a_link_of_another_key(due: Sent, database: Database, settings: Settings) -> None:
    """It would lead nowhere; the host is told to send the invitation again."""
    mailer = BrokenMailer()
    links = Links("another key " * 3, settings.public_url)
    await send_invitation(database, mailer, links, SENDER, due.invitation_id, last_try=False)
    assert mailer.asked == 0
    assert "secret key has changed" in await due.problem()
