"""Hosts and invitees with the cookies that the product gives them."""

from bench.call_rows import LINK_VERSION
from bench.room_socket import Credential
from bench.rows import interview_id, invitee_id, user_id, workspace_id
from qwalo.identity.local.sessions import Sessions
from qwalo.invitees.link_cookies import InviteCookies
from qwalo.invitees.models import Welcome


def credentials(base: str, key: str, rooms: int) -> list[tuple[Credential, Credential]]:
    """Of the host and the invitee of each room."""
    sessions, cookies = Sessions(key, secure=False), InviteCookies(key, secure=False)

    def host(number: int) -> Credential:
        interview = f"/dashboard/workspaces/{workspace_id(number)}/interviews/{interview_id(number)}"
        path = f"{interview}/invitees/{invitee_id(number)}/call/socket"
        return Credential("host", base, path, f"{sessions.cookie}={sessions.start(user_id(number))}")

    def invitee(number: int) -> Credential:
        welcome = Welcome(invitee_id(number), LINK_VERSION, "accepted", None, "", "", "video", "", None)
        cookie = cookies.make(welcome)
        return Credential("invitee", base, f"/join/{invitee_id(number)}/socket", f"{cookie.key}={cookie.value}")

    return [(host(number), invitee(number)) for number in range(1, rooms + 1)]
