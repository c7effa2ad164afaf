"""What the page of a room is made from, for each of the three who can open it."""

from typing import Literal

import msgspec

from qwalo.calls.models import Role, RoomFacts
from qwalo.invitees.models import Welcome


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """What the template shows. As JSON it is what the page's scripts begin with."""

    role: Role
    mode: Literal["video", "voice"]
    title: str
    organization: str
    invitee_id: str
    invitee_name: str | None
    host_name: str | None
    your_name: str
    socket: str
    leave_url: str
    ended_url: str
    # Where one can go when the interview is gone.
    home_url: str
    accept_url: str | None = None
    accepted: bool = False
    observer_link: str | None = None

    @property
    def room_json(self) -> str:
        return msgspec.json.encode(self).decode()


def invitee_room(welcome: Welcome) -> Page:
    path = f"/join/{welcome.invitee_id}"
    return Page(
        role="invitee",
        mode=welcome.mode,
        title=welcome.interview_title,
        organization=welcome.organization_name,
        invitee_id=welcome.invitee_id,
        invitee_name=welcome.name,
        host_name=welcome.host_name,
        your_name=welcome.name or "",
        socket=f"{path}/socket",
        leave_url=path,
        ended_url=path,
        home_url=path,
        accept_url=f"{path}/acceptance",
        accepted=welcome.status == "accepted",
    )


def host_room(facts: RoomFacts, your_name: str, observer_link: str) -> Page:
    interview = f"/dashboard/workspaces/{facts.workspace_id}/interviews/{facts.interview_id}"
    return Page(
        role="host",
        mode=facts.mode,
        title=facts.title,
        organization=facts.organization,
        invitee_id=facts.invitee_id,
        invitee_name=facts.invitee_name or facts.invitee_email,
        host_name=facts.host_name,
        your_name=your_name,
        socket=f"{facts.room_path}/socket",
        leave_url=interview,
        # Leads on to the record of the call.
        ended_url=facts.room_path,
        home_url="/dashboard",
        observer_link=observer_link,
    )


def observer_room(facts: RoomFacts, your_name: str) -> Page:
    return Page(
        role="observer",
        mode=facts.mode,
        title=facts.title,
        organization=facts.organization,
        invitee_id=facts.invitee_id,
        invitee_name=facts.invitee_name,
        host_name=facts.host_name,
        your_name=your_name,
        socket=f"/observations/{facts.invitee_id}/socket",
        leave_url="/dashboard",
        ended_url="/dashboard",
        home_url="/dashboard",
    )
