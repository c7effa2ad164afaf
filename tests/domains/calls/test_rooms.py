"""What happens in a room, use case by use case: who may enter, when a call begins, and how it ends."""

import pytest

from qwalo.calls import service
from qwalo.calls.messages import Quality
from qwalo.calls.models import Entry
from qwalo.calls.refusals import CallEnded, Declined, NotAuthorised, Replaced, RoomFull, RoomGone
from tests.domains.calls.house import SERVER, House
from tests.people import People


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
