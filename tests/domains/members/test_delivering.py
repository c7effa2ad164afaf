"""The mail of an invitation: what it says, when it goes out, and what is seen when it does not."""

from email.message import EmailMessage
from typing import Any

import psycopg
import pytest

from qwalo.members.delivering import send_invitation
from qwalo.members.links import MembershipLinks
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.transport import MailNotSent
from qwalo.settings import Settings
from tests.domains.members.house import Team
from tests.people import Person

SENDER = "Qwalo <hello@example.com>"
GUEST = "guest@example.com"


class Post:
    """A mailer that keeps what it is given, or fails in a way that a test chooses."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.mails: list[EmailMessage] = []
        self.owners: list[str] = []

    async def send(self, message: EmailMessage, owner: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.mails.append(message)
        self.owners.append(owner)


@pytest.fixture
def links(settings: Settings) -> MembershipLinks:
    return MembershipLinks(settings.secret_key, settings.public_url)


@pytest.fixture
async def invited(team: Team, alice: Person) -> dict[str, Any]:
    return await team.invite(alice, GUEST, "observer")


async def seen(team: Team, alice: Person, invited: dict[str, Any]) -> dict[str, Any]:
    member: dict[str, Any] = (await team.ask(alice, "GET", f"{team.members}/{invited['id']}")).json()
    return member


async def test_the_mail_says_who_invites_to_what(
    team: Team, alice: Person, invited: dict[str, Any], database: Database, links: MembershipLinks
) -> None:
    """With the role, the address and the link; the answer to it goes to the inviter."""
    post = Post()
    await send_invitation(database, post, links, SENDER, invited["id"], 1)
    [mail] = post.mails
    text = mail.get_body(("plain",))
    assert text is not None
    content = text.get_content()
    for part in ("Alice from Acme", "Research", "observer", GUEST, links.link(invited["id"]).url):
        assert part in content
    assert (mail["To"], mail["Reply-To"]) == (GUEST, alice.email)
    assert "sentAt" in await seen(team, alice, invited)


async def test_a_mail_is_sent_once(invited: dict[str, Any], database: Database, links: MembershipLinks) -> None:
    """Though its job be run again."""
    post = Post()
    for _ in range(2):
        await send_invitation(database, post, links, SENDER, invited["id"], 1)
    assert len(post.mails) == 1


@pytest.mark.parametrize("event", ["accepted", "revoked", "expired", "sent again"])
async def test_a_mail_that_was_overtaken_is_dropped(
    team: Team,
    alice: Person,
    bob: Person,
    invited: dict[str, Any],
    database: Database,
    conn: psycopg.Connection,
    links: MembershipLinks,
    event: str,
) -> None:
    """Nobody is mailed what is of no use any more."""
    path = f"{team.members}/{invited['id']}"
    match event:
        case "accepted":
            conn.execute('UPDATE "WorkspaceMember" SET "userId" = %s WHERE "id" = %s', (bob.id, invited["id"]))
        case "revoked":
            await team.ask(alice, "DELETE", path)
        case "expired":
            conn.execute('UPDATE "WorkspaceMember" SET "linkExpiresAt" = utc_now() WHERE "id" = %s', (invited["id"],))
        case _:
            await team.ask(alice, "POST", f"{path}/invitations")
    post = Post()
    await send_invitation(database, post, links, SENDER, invited["id"], 1)
    assert not post.mails


async def test_each_sending_is_a_mail_of_its_own_with_the_same_link(
    team: Team, alice: Person, invited: dict[str, Any], database: Database, links: MembershipLinks
) -> None:
    """So mail programs show both, and whichever is opened works."""
    post = Post()
    await send_invitation(database, post, links, SENDER, invited["id"], 1)
    await team.ask(alice, "POST", f"{team.members}/{invited['id']}/invitations")
    await send_invitation(database, post, links, SENDER, invited["id"], 2)
    assert len({mail["Message-ID"] for mail in post.mails}) == 2
    url = links.link(invited["id"]).url
    assert all(url in str(mail.get_body(("plain",)).get_content()) for mail in post.mails)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (MailNotSent("451 Later.", permanent=False), "451 Later."),
        (RuntimeError("a fault of ours"), "could not be written"),
    ],
)
async def test_a_passing_failure_is_shown_and_raised(
    team: Team,
    alice: Person,
    invited: dict[str, Any],
    database: Database,
    links: MembershipLinks,
    failure: Exception,
    words: str,
) -> None:
    """The job is tried again, or its fault is in the log; a later success takes the problem away."""
    with pytest.raises(type(failure)):
        await send_invitation(database, Post(failure), links, SENDER, invited["id"], 1)
    assert words in (await seen(team, alice, invited))["deliveryProblem"]
    await send_invitation(database, Post(), links, SENDER, invited["id"], 1)
    assert "deliveryProblem" not in await seen(team, alice, invited)


async def test_a_lasting_failure_is_shown(
    team: Team, alice: Person, invited: dict[str, Any], database: Database, links: MembershipLinks
) -> None:
    """Nothing is tried again by itself."""
    post = Post(MailNotSent("550 No such user.", permanent=True))
    await send_invitation(database, post, links, SENDER, invited["id"], 1)
    member = await seen(team, alice, invited)
    assert member["deliveryProblem"] == "550 No such user."
    assert "sentAt" not in member


async def test_no_mail_carries_a_link_of_another_key(
    team: Team, alice: Person, invited: dict[str, Any], database: Database, settings: Settings
) -> None:
    """It would lead nowhere."""
    post = Post()
    links = MembershipLinks("another key " * 3, settings.public_url)
    await send_invitation(database, post, links, SENDER, invited["id"], 1)
    assert not post.mails
    assert "secret key has changed" in (await seen(team, alice, invited))["deliveryProblem"]


async def test_without_a_mail_server_it_is_kept_for_the_invited_person(
    team: Team, alice: Person, bob: Person, database: Database, links: MembershipLinks
) -> None:
    """Where they have an account; else for who invites."""
    post = Post()
    for email in (GUEST, bob.email):
        invited = await team.invite(alice, email)
        await send_invitation(database, post, links, SENDER, invited["id"], 1)
    assert post.owners == [alice.id, bob.id]


async def test_the_database_holds_no_token(
    invited: dict[str, Any], conn: psycopg.Connection, links: MembershipLinks
) -> None:
    """Only its hash, also in the jobs and in what is written down."""
    token = links.link(invited["id"]).url.rpartition("/")[2]
    for table in ('"WorkspaceMember"', "procrastinate_jobs", '"AuditEvent"'):
        assert token not in str(conn.execute(f"SELECT to_jsonb(t)::text FROM {table} t").fetchall())
