"""A call never stays open for ever: not when everybody has left, and not when a server has died."""

from qwalo.calls import reconciling, servers
from qwalo.calls.models import Entry
from tests.domains.calls.house import SERVER, House
from tests.people import People


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
