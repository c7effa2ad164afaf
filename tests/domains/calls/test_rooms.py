"""What happens in a room, use case by use case: who may enter, when a call begins, and when it ends."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.calls import reconciling, servers, service
from qwalo.calls.messages import Quality
from qwalo.calls.models import INVITEE, Entry
from qwalo.calls.refusals import CallEnded, Declined, NotAuthorised, Replaced, RoomFull, RoomGone
from qwalo.platform.db.pool import Database
from tests.people import Api, People, Person

Enter = Callable[..., Awaitable[str]]
SERVER = "server-1"


class House:
    """One room, its people, and what the database says of them."""

    def __init__(self, db: Database, conn: psycopg.Connection, alice: Person, invitee_id: str) -> None:
        self.db = db
        self.conn = conn
        self.invitee_id = invitee_id
        self.host = Entry(invitee_id, "host", alice.id, "Alice", user_id=alice.id)
        self.guest = Entry(invitee_id, "invitee", INVITEE, "Ines", link_version=1)

    async def enter(self, entry: Entry, connection: str = "", server: str = SERVER) -> str:
        """The id of the seat; `connection` is named after the role unless given."""
        async with self.db.transaction() as conn:
            seat, _ = await service.enter(conn, entry, f"load-of-{entry.role}", connection or entry.role, server)
        return seat

    async def leave(self, entry: Entry, seat: str, connection: str = "", *, on_purpose: bool = False) -> None:
        async with self.db.transaction() as conn:
            await service.leave(conn, self.invitee_id, seat, connection or entry.role, on_purpose=on_purpose)

    async def talk(self) -> tuple[str, str]:
        """Host and invitee are in a call."""
        seats = await self.enter(self.host), await self.enter(self.guest)
        await self.admit()
        return seats

    async def admit(self) -> None:
        async with self.db.transaction() as conn:
            await service.admit(conn, self.invitee_id)

    async def end(self) -> None:
        async with self.db.transaction() as conn:
            await service.end(conn, self.invitee_id, "host_ended")

    def calls(self) -> list[Any]:
        """(whether it has ended, why) of each."""
        return self.conn.execute('SELECT "endedAt" IS NOT NULL, "endReason"::text FROM "CallRecord"').fetchall()

    def status(self) -> str:
        return str(self.value('SELECT "status"::text FROM "InterviewInvitee"'))

    def value(self, query: str) -> Any:
        row = self.conn.execute(query).fetchone()
        assert row is not None
        return row[0]

    def let_pass(self, minutes: int) -> None:
        """As if what happened so far had happened so long ago."""
        for table, columns in {
            "CallSeat": ("lostAt", "leftAt", "enteredAt"),
            "CallParticipant": ("joinedAt", "leftAt"),
            "CallRecord": ("startedAt",),
            "CallServer": ("seenAt",),
        }.items():
            changes = ", ".join(f""""{column}" = "{column}" - interval '{minutes} minutes'""" for column in columns)
            self.conn.execute(f'UPDATE "{table}" SET {changes}'.encode())


@pytest.fixture
async def house(
    client: AsyncTestClient[Litestar], database: Database, conn: psycopg.Connection, alice: Person
) -> House:
    api = Api(client, alice)
    invitee = await api.invite(await api.create_interview(await api.create_workspace()), "ines@example.com")
    return House(database, conn, alice, invitee["id"])


class TestEntering:
    async def test_the_invitee_who_joins_has_accepted(self, house: House) -> None:
        await house.enter(house.guest)
        assert house.status() == "accepted"

    async def test_the_name_that_the_invitee_gives_is_kept_where_the_host_gave_none(self, house: House) -> None:
        await house.enter(house.guest)
        assert house.value('SELECT "name" FROM "InterviewInvitee"') == "Ines"

    async def test_it_is_not_kept_where_the_host_gave_one(self, house: House) -> None:
        house.conn.execute('UPDATE "InterviewInvitee" SET "name" = %s', ("Dr. Ines Duarte",))
        await house.enter(house.guest)
        assert house.value('SELECT "name" FROM "InterviewInvitee"') == "Dr. Ines Duarte"
        assert house.value('SELECT "name" FROM "CallSeat"') == "Ines"

    async def test_a_link_of_an_earlier_version_opens_nothing(self, house: House) -> None:
        house.conn.execute('UPDATE "InterviewInvitee" SET "linkVersion" = 2')
        with pytest.raises(NotAuthorised):
            await house.enter(house.guest)

    async def test_after_the_interview_nobody_enters(self, house: House) -> None:
        house.conn.execute("""UPDATE "InterviewInvitee" SET "status" = 'completed'""")
        for entry in (house.guest, house.host):
            with pytest.raises(CallEnded):
                await house.enter(entry)

    async def test_a_room_whose_invitee_was_deleted_is_gone(self, house: House) -> None:
        house.conn.execute('DELETE FROM "InterviewInvitee"')
        with pytest.raises(RoomGone):
            await house.enter(house.host)

    async def test_the_invitee_enters_also_a_room_that_is_full(self, house: House, people: People) -> None:
        for number in range(8):
            person = people.add(f"Paula {number}", f"paula{number}@example.com")
            await house.enter(Entry(house.invitee_id, "observer", person.id, "Paula", user_id=person.id), f"c{number}")
        late = people.add("Late", "late@example.com")
        with pytest.raises(RoomFull):
            await house.enter(Entry(house.invitee_id, "observer", late.id, "Late", user_id=late.id))
        await house.enter(house.guest)

    async def test_the_host_who_reloads_a_full_room_keeps_the_seat(self, house: House, people: People) -> None:
        await house.enter(house.host)
        for number in range(7):
            person = people.add(f"Paula {number}", f"paula{number}@example.com")
            await house.enter(Entry(house.invitee_id, "observer", person.id, "Paula", user_id=person.id), f"c{number}")
        await house.enter(house.host, "reloaded")

    async def test_the_same_person_comes_back_to_the_same_seat(self, house: House) -> None:
        first = await house.enter(house.guest, "first")
        assert await house.enter(house.guest, "second") == first

    async def test_an_old_socket_that_ends_late_does_not_empty_the_seat(self, house: House) -> None:
        seat = await house.enter(house.guest, "first")
        await house.enter(house.guest, "second")
        await house.leave(house.guest, seat, "first")
        assert house.value('SELECT "connectionId" FROM "CallSeat"') == "second"

    async def test_a_declined_invitee_stays_out_until_let_in(self, house: House) -> None:
        await house.enter(house.guest)
        async with house.db.transaction() as conn:
            await service.decline(conn, house.invitee_id)
        with pytest.raises(Declined):
            await house.enter(house.guest)
        await house.admit()
        await house.enter(house.guest)

    async def test_who_is_in_is_not_declined_any_more(self, house: House) -> None:
        await house.talk()
        async with house.db.transaction() as conn:
            await service.decline(conn, house.invitee_id)
        await house.enter(house.guest)


class TestCall:
    async def test_it_begins_when_both_are_there_and_the_invitee_is_admitted(self, house: House) -> None:
        await house.enter(house.host)
        await house.enter(house.guest)
        assert house.calls() == []
        await house.admit()
        assert house.calls() == [(False, None)]
        assert house.value('SELECT count(*) FROM "CallParticipant" WHERE "leftAt" IS NULL') == 2

    async def test_it_begins_when_the_one_comes_whom_the_other_waited_for(self, house: House) -> None:
        await house.admit()
        await house.enter(house.guest)
        assert house.calls() == []
        await house.enter(house.host)
        assert house.calls() == [(False, None)]

    async def test_there_is_one_however_often_people_come_back(self, house: House) -> None:
        _, guest = await house.talk()
        await house.leave(house.guest, guest)
        await house.enter(house.guest, "again")
        await house.admit()
        assert house.calls() == [(False, None)]
        assert house.value('SELECT count(*) FROM "CallParticipant" WHERE "leftAt" IS NULL') == 2

    async def test_the_host_ends_it_and_the_invitee_has_completed_the_interview(self, house: House) -> None:
        await house.talk()
        await house.end()
        assert house.calls() == [(True, "host_ended")]
        assert house.status() == "completed"
        assert house.value('SELECT count(*) FROM "CallParticipant" WHERE "leftAt" IS NULL') == 0

    async def test_the_end_of_no_call_is_nothing(self, house: House) -> None:
        await house.enter(house.host)
        await house.end()
        assert house.status() == "pending"

    async def test_a_second_end_changes_nothing(self, house: House) -> None:
        await house.talk()
        await house.end()
        ended = house.value('SELECT "endedAt" FROM "CallRecord"')
        await house.end()
        assert house.value('SELECT "endedAt" FROM "CallRecord"') == ended

    async def test_a_text_that_is_sent_again_is_written_once(self, house: House) -> None:
        _, guest = await house.talk()
        for text in ("Hello", "Hello"):
            async with house.db.transaction() as conn:
                await service.write(conn, house.guest, guest, "key-1", text)
        assert house.value('SELECT count(*) FROM "CallMessage"') == 1

    async def test_quality_is_stored_for_those_in_a_call_alone(self, house: House) -> None:
        host = await house.enter(house.host)
        async with house.db.transaction() as conn:
            await service.note_quality(conn, host, Quality(roundTripMs=10))
        assert house.value('SELECT count(*) FROM "CallQuality"') == 0
        await house.enter(house.guest)
        await house.admit()
        async with house.db.transaction() as conn:
            await service.note_quality(conn, host, Quality(roundTripMs=10))
        assert house.value('SELECT "roundTripMs" FROM "CallQuality"') == 10


class TestAbandoned:
    async def test_the_last_who_leaves_has_a_job_look_two_minutes_later(self, house: House) -> None:
        host, guest = await house.talk()
        jobs = "SELECT count(*) FROM qwalo_internal.procrastinate_jobs WHERE task_name = 'calls.end_abandoned'"
        await house.leave(house.guest, guest)
        assert house.value(jobs) == 0
        await house.leave(house.host, host)
        assert house.value(f"{jobs} AND scheduled_at BETWEEN now() + '115 s' AND now() + '120 s'") == 1

    async def test_nobody_came_back_and_the_call_ended_when_the_last_had_left(self, house: House) -> None:
        host, guest = await house.talk()
        await house.leave(house.guest, guest)
        await house.leave(house.host, host)
        house.let_pass(minutes=3)
        await reconciling.end_abandoned(house.db, house.invitee_id)
        assert house.calls() == [(True, "all_left")]
        assert house.status() == "completed"
        assert house.value('SELECT max("leftAt") = (SELECT "endedAt" FROM "CallRecord") FROM "CallParticipant"')

    async def test_within_two_minutes_it_is_open(self, house: House) -> None:
        host, guest = await house.talk()
        await house.leave(house.guest, guest)
        await house.leave(house.host, host)
        house.let_pass(minutes=1)
        await reconciling.end_abandoned(house.db, house.invitee_id)
        await reconciling.reconcile(house.db)
        assert house.calls() == [(False, None)]

    async def test_it_is_open_where_one_came_back(self, house: House) -> None:
        host, guest = await house.talk()
        await house.leave(house.guest, guest)
        await house.leave(house.host, host)
        house.let_pass(minutes=3)
        await house.enter(house.guest, "again")
        await reconciling.end_abandoned(house.db, house.invitee_id)
        assert house.calls() == [(False, None)]

    async def test_an_observer_keeps_no_call_open(self, house: House, people: People) -> None:
        host, guest = await house.talk()
        paula = people.add("Paula", "paula@example.com")
        await house.enter(Entry(house.invitee_id, "observer", paula.id, "Paula", user_id=paula.id))
        await house.leave(house.guest, guest)
        await house.leave(house.host, host)
        house.let_pass(minutes=3)
        await reconciling.reconcile(house.db)
        assert house.calls() == [(True, "all_left")]

    async def test_the_job_of_a_deleted_invitee_does_nothing(self, house: House) -> None:
        house.conn.execute('DELETE FROM "InterviewInvitee"')
        await reconciling.end_abandoned(house.db, house.invitee_id)

    async def test_a_call_whose_invitee_was_completed_otherwise_ends(self, house: House) -> None:
        await house.talk()
        house.conn.execute("""UPDATE "InterviewInvitee" SET "status" = 'completed'""")
        await reconciling.reconcile(house.db)
        assert house.calls() == [(True, "interview_completed")]


class TestDeadServer:
    async def beat(self, house: House) -> bool:
        async with house.db.transaction() as conn:
            return await servers.unscoped_beat(conn, SERVER)

    async def test_its_people_left_when_it_was_last_seen(self, house: House) -> None:
        await self.beat(house)
        await house.talk()
        house.let_pass(minutes=1)
        await reconciling.reconcile(house.db)
        assert house.value('SELECT count(*) FROM "CallSeat" WHERE "connectionId" IS NULL') == 2
        assert house.value('SELECT max("leftAt") < utc_now() - interval \'50 seconds\' FROM "CallParticipant"')
        assert house.calls() == [(False, None)]

    async def test_its_calls_end_where_nobody_comes_back(self, house: House) -> None:
        await self.beat(house)
        await house.talk()
        house.let_pass(minutes=5)
        await reconciling.reconcile(house.db)
        assert house.calls() == [(True, "all_left")]
        assert house.status() == "completed"

    async def test_who_has_moved_to_another_server_is_not_put_out(self, house: House) -> None:
        await self.beat(house)
        await house.talk()
        await house.enter(house.guest, "moved", "server-2")
        house.let_pass(minutes=5)
        await reconciling.reconcile(house.db)
        assert house.calls() == [(False, None)]

    async def test_one_that_was_taken_for_dead_learns_of_it(self, house: House) -> None:
        assert await self.beat(house) is False
        assert await self.beat(house) is True
        house.let_pass(minutes=5)
        await reconciling.reconcile(house.db)
        assert await self.beat(house) is False

    async def test_one_that_stops_empties_its_seats(self, house: House) -> None:
        await self.beat(house)
        await house.talk()
        async with house.db.transaction() as conn:
            await servers.unscoped_release(conn, SERVER)
        assert house.value('SELECT count(*) FROM "CallSeat" WHERE "connectionId" IS NOT NULL') == 0
        assert house.value('SELECT count(*) FROM "CallServer" WHERE "id" = \'server-1\'') == 0

    async def test_seats_of_connections_that_it_does_not_know_are_emptied(self, house: House) -> None:
        """Somebody left while the database was away, so nothing could be noted."""
        await self.beat(house)
        await house.talk()
        async with house.db.transaction() as conn:
            await servers.unscoped_release_unknown(conn, SERVER, ["host"])
        assert house.conn.execute(
            'SELECT "role"::text FROM "CallSeat" WHERE "connectionId" IS NOT NULL'
        ).fetchall() == [("host",)]
        assert house.value('SELECT count(*) FROM "CallParticipant" WHERE "leftAt" IS NULL') == 1

    async def test_seats_at_a_process_that_nobody_knows_are_emptied(self, house: House) -> None:
        await house.talk()
        await reconciling.reconcile(house.db)
        assert house.value('SELECT count(*) FROM "CallSeat" WHERE "connectionId" IS NOT NULL') == 0

    async def test_nobody_left_before_they_joined(self, house: House) -> None:
        await self.beat(house)
        await house.talk()
        house.conn.execute("""UPDATE "CallServer" SET "seenAt" = "seenAt" - interval '1 hour'""")
        await reconciling.reconcile(house.db)
        assert house.value('SELECT bool_and("leftAt" >= "joinedAt") FROM "CallParticipant"') is True


class TestMoving:
    async def test_a_page_that_reconnects_by_itself_takes_no_seat_from_another(self, house: House) -> None:
        """The phone that is unlocked again, while its owner talks at the laptop."""
        await house.enter(house.guest, "laptop")
        with pytest.raises(Replaced):
            async with house.db.transaction() as conn:
                await service.enter(conn, house.guest, "load-of-the-phone", "phone", SERVER, again=True)
        assert house.value('SELECT "connectionId" FROM "CallSeat"') == "laptop"

    async def test_the_same_page_comes_back(self, house: House) -> None:
        seat = await house.enter(house.guest)
        async with house.db.transaction() as conn:
            again, _ = await service.enter(conn, house.guest, "load-of-invitee", "newer", SERVER, again=True)
        assert again == seat

    async def test_a_new_link_is_admitted_anew(self, house: House) -> None:
        """The old one may have been in other hands."""
        await house.enter(house.guest)
        await house.admit()
        house.conn.execute('UPDATE "InterviewInvitee" SET "linkVersion" = 2')
        assert house.value('SELECT "admittedAt" IS NULL FROM "CallRoom"') is True

    async def test_observers_leave_the_host_a_place(self, house: House, people: People) -> None:
        for number in range(8):
            person = people.add(f"Paula {number}", f"paula{number}@example.com")
            await house.enter(Entry(house.invitee_id, "observer", person.id, "Paula", user_id=person.id), f"c{number}")
        await house.enter(house.host)
