"""What the mails of invitations do to the invitee: only the newest one counts."""

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.invitees import letters
from qwalo.platform.db.pool import Database
from tests.people import Api, Person, invitee_path


class Mails:
    """An invitee to whom the invitation was sent twice, before either mail went out."""

    def __init__(self, api: Api, path: str, older: str, newer: str) -> None:
        self._api = api
        self._path = path
        self.older = older
        self.newer = newer

    async def invitee(self) -> dict[str, object]:
        invitee: dict[str, object] = (await self._api.request("GET", self._path)).json()
        return invitee


@pytest.fixture
async def mails(client: AsyncTestClient[Litestar], alice: Person, conn: psycopg.Connection) -> Mails:
    api = Api(client, alice)
    interview = await api.create_interview(await api.create_workspace())
    path = invitee_path(interview, await api.invite(interview))
    (older,) = conn.execute('SELECT "id" FROM "Invitation"').fetchone() or ("",)
    newer = (await api.request("POST", f"{path}/invitations")).json()["id"]
    return Mails(api, path, older, newer)


async def test_an_older_mail_is_not_sent_beside_a_newer_one(mails: Mails, database: Database) -> None:
    """The invitee gets one."""
    async with database.connection() as conn:
        older = await letters.unscoped_find(conn, mails.older)
        newer = await letters.unscoped_find(conn, mails.newer)
    assert older is not None
    assert newer is not None
    assert (older.overtaken, newer.overtaken) == (True, False)


async def test_an_older_failure_does_not_hide_a_newer_success(mails: Mails, database: Database) -> None:
    """Though it comes later."""
    async with database.transaction() as conn:
        await letters.unscoped_note_sent(conn, mails.newer)
        await letters.unscoped_note_bounced(conn, mails.older, "550 No such user.")
        await letters.unscoped_note_delayed(conn, mails.older, "451 Later.")
    invitee = await mails.invitee()
    assert "sentAt" in invitee
    assert "bouncedAt" not in invitee
    assert "deliveryProblem" not in invitee


async def test_a_failure_of_the_newest_is_seen(mails: Mails, database: Database) -> None:
    """With the reason, until it is sent again."""
    async with database.transaction() as conn:
        await letters.unscoped_note_bounced(conn, mails.newer, "550 No such user.")
    invitee = await mails.invitee()
    assert "bouncedAt" in invitee
    assert invitee["deliveryProblem"] == "550 No such user."


async def test_a_link_that_has_run_out_is_not_mailed(
    mails: Mails, database: Database, conn: psycopg.Connection
) -> None:
    """The worker may have been off for long."""
    conn.execute("""UPDATE "InterviewInvitee" SET "linkExpiresAt" = utc_now()""")
    async with database.connection() as connection:
        letter = await letters.unscoped_find(connection, mails.newer)
    assert letter is not None
    assert letter.overtaken


async def test_open_pages_are_told_when_a_mail_is_handed_over(
    mails: Mails, database: Database, conn: psycopg.Connection
) -> None:
    """That is how another host's page comes to show a new invitee."""
    conn.execute("LISTEN qwalo_changes")
    async with database.transaction() as connection:
        await letters.unscoped_note_sent(connection, mails.newer)
    told = [notification.payload.split() for notification in conn.notifies(timeout=10, stop_after=1)]
    invitee = await mails.invitee()
    assert len(told) == 1
    assert {invitee["interviewId"], invitee["id"]} <= set(told[0])
