"""What each person is told of a room, and why a socket must go."""

from typing import Any

import msgspec
import pytest

from qwalo.calls.messages import Waiting
from qwalo.calls.models import Seat, Snapshot
from qwalo.calls.refusals import CallEnded, Declined, NotAuthorised, Refused, Replaced, Restarting
from qwalo.calls.views import refusal_for, state_for

NOW = "2026-11-25T10:00:00.000Z"


def seat(role: Any, **changes: Any) -> Seat:
    usual = Seat(
        id=f"seat-of-{role}",
        role=role,
        name=role.capitalize(),
        allowed=True,
        load=f"load-of-{role}",
        connection=f"socket-of-{role}",
        server="server",
        entered_at=NOW,
        lost_recently=False,
        left=False,
    )
    return msgspec.structs.replace(usual, **changes)


HOST, INVITEE, OBSERVER = seat("host"), seat("invitee"), seat("observer")


def room(*seats: Seat, **changes: Any) -> Snapshot:
    usual = Snapshot(
        room_id="room",
        invitee_id="invitee",
        link_version=1,
        completed=False,
        admitted=True,
        declined=False,
        call_id=None,
        call_started_at=None,
        now=NOW,
        seats=seats or (HOST, INVITEE, OBSERVER),
    )
    return msgspec.structs.replace(usual, **changes)


class TestState:
    def test_everybody_sees_the_others_and_not_themselves(self) -> None:
        assert [other.role for other in state_for(room(), INVITEE).others] == ["host", "observer"]
        assert [other.role for other in state_for(room(), HOST).others] == ["invitee", "observer"]

    def test_who_waits_sees_nothing(self) -> None:
        state = state_for(room(admitted=False, call_id="call", call_started_at=NOW), INVITEE)
        assert (state.phase, state.others, state.waiting, state.call) == ("waiting", (), None, None)

    def test_the_host_alone_sees_who_waits(self) -> None:
        waits = room(admitted=False)
        assert state_for(waits, HOST).waiting == Waiting(INVITEE.id, "Invitee", NOW)
        assert state_for(waits, OBSERVER).waiting is None

    def test_who_waits_is_not_among_those_in_the_room(self) -> None:
        assert [other.role for other in state_for(room(admitted=False), HOST).others] == ["observer"]

    def test_a_lost_socket_is_told_apart_from_leaving(self) -> None:
        lost = seat("invitee", connection=None, lost_recently=True)
        assert state_for(room(HOST, lost), HOST).others[0].presence == "lost"
        left = msgspec.structs.replace(lost, left=True)
        assert state_for(room(HOST, left), HOST).others[0].presence == "left"

    def test_who_was_here_long_ago_is_not_shown(self) -> None:
        assert state_for(room(HOST, seat("invitee", connection=None)), HOST).others == ()

    def test_an_observer_who_was_sent_out_is_not_shown(self) -> None:
        assert state_for(room(INVITEE, seat("observer", allowed=False)), INVITEE).others == ()

    def test_the_host_alone_is_told_of_the_decline(self) -> None:
        declined = room(admitted=False, declined=True)
        assert state_for(declined, HOST).declined
        assert not state_for(declined, OBSERVER).declined
        assert state_for(declined, HOST).waiting is None


class TestRefusal:
    @pytest.mark.parametrize(
        ("changes", "me", "expected"),
        [
            ({}, None, NotAuthorised),
            ({}, seat("host", connection="a newer one"), Replaced),
            ({}, seat("host", connection=None), Restarting),
            ({"completed": True}, HOST, CallEnded),
            ({"completed": True}, INVITEE, CallEnded),
            ({"declined": True, "admitted": False}, INVITEE, Declined),
            ({}, seat("host", allowed=False), NotAuthorised),
            ({}, seat("observer", allowed=False), Declined),
        ],
    )
    def test_it_is_refused(self, changes: dict[str, Any], me: Seat | None, expected: type[Refused]) -> None:
        connection = f"socket-of-{me.role}" if me else "socket"
        assert type(refusal_for(room(**changes), me, connection, None)) is expected

    @pytest.mark.parametrize("version", [None, 2])
    def test_a_link_that_is_revoked_or_replaced_ends_the_invitees_visit(self, version: int | None) -> None:
        assert type(refusal_for(room(link_version=version), INVITEE, "socket-of-invitee", 1)) is NotAuthorised

    @pytest.mark.parametrize("me", [HOST, INVITEE, OBSERVER])
    def test_everybody_else_stays(self, me: Seat) -> None:
        version = 1 if me.role == "invitee" else None
        assert refusal_for(room(), me, f"socket-of-{me.role}", version) is None

    def test_a_decline_does_not_concern_the_host(self) -> None:
        assert refusal_for(room(declined=True), HOST, "socket-of-host", None) is None
