"""The JSON API of members. No answer holds the link of an invitation: it proves the address that it is mailed to."""

from litestar import Controller, Response, delete, get, patch, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import ForeignRequest, NotSignedIn
from qwalo.members import service
from qwalo.members.errors import (
    AlreadyInvited,
    AlreadyMember,
    HasJoined,
    InvitedTooOften,
    LastOwner,
    ManagedByOrganization,
    MemberNotFound,
    NotJoinedYet,
    OnlyOwners,
    OwnerAlready,
    TooManyInvitations,
)
from qwalo.members.links import MembershipLinks
from qwalo.members.models import Member
from qwalo.members.schemas import CreateMember, CreateOwnershipTransfer, UpdateMember
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, WRITE, problems
from qwalo.platform.http.injection import FromPath, JSONBody
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces.errors import NotAllowed, WorkspaceNotFound

_READ = problems(NotSignedIn, *READ)
_WRITE_ERRORS = (NotSignedIn, ForeignRequest, NotAllowed, *WRITE)
_ACT_ERRORS = (NotSignedIn, ForeignRequest, NotAllowed, *READ)


class MemberController(Controller):
    path = "/workspaces/{workspace_id:str}/members"
    tags = ("Members",)

    settings: Settings
    db: Database
    membership_links: MembershipLinks

    @get(
        summary="List the members and open invitations of a workspace, newest first",
        responses=_READ | problems(WorkspaceNotFound, InvalidRequest),
    )
    async def list_members(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorText = None,
    ) -> Response[list[Member]]:
        async with self.db.connection() as conn:
            page = await service.list_members(conn, request.user, workspace_id, page_request(limit, cursor))
        address = f"{self.settings.public_url}/workspaces/{workspace_id}/members"
        return Response(page.rows, headers=next_link(address, page, limit))

    @post(
        summary="Invite somebody to the workspace: the mail with the link goes out",
        description="Nobody is invited as owner: change the role once they have joined.",
        responses=problems(*_WRITE_ERRORS, WorkspaceNotFound, AlreadyInvited, AlreadyMember, TooManyInvitations),
    )
    async def create_member(
        self, request: HostRequest, workspace_id: FromPath[str], data: JSONBody[CreateMember]
    ) -> Member:
        async with self.db.transaction() as conn:
            return await service.invite(conn, request.user, self.membership_links, workspace_id, data)

    @get("/{member_id:str}", summary="Get a member or an invitation", responses=_READ | problems(MemberNotFound))
    async def get_member(self, request: HostRequest, workspace_id: FromPath[str], member_id: FromPath[str]) -> Member:
        async with self.db.connection() as conn:
            return await service.get_member(conn, request.user, workspace_id, member_id)

    @patch(
        "/{member_id:str}",
        summary="Change the role of a member or of an invitation",
        description="API keys that they made, and invitations that they sent, go on working, but for those as admin "
        "of somebody who may not make one any more: send them again.",
        responses=problems(*_WRITE_ERRORS, OnlyOwners, MemberNotFound, LastOwner, NotJoinedYet, ManagedByOrganization),
    )
    async def update_member(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        member_id: FromPath[str],
        data: JSONBody[UpdateMember],
    ) -> Member:
        async with self.db.transaction() as conn:
            return await service.change_role(conn, request.user, workspace_id, member_id, data.role)

    @delete(
        "/{member_id:str}",
        summary="Remove a member, revoke an invitation, or leave",
        description="Everybody may end their own membership. Access ends at once, but for what belongs to the "
        "workspace: API keys that they made, open invitations that they sent (but for those as admin), and personal "
        "links of invitees go on working, so revoke what should not. Who is in the workspace's organization stays in "
        "it, as the organization has it.",
        responses=problems(*_ACT_ERRORS, OnlyOwners, MemberNotFound, LastOwner, ManagedByOrganization),
    )
    async def delete_member(self, request: HostRequest, workspace_id: FromPath[str], member_id: FromPath[str]) -> None:
        async with self.db.transaction() as conn:
            await service.remove(conn, request.user, workspace_id, member_id)

    @post(
        "/{member_id:str}/invitations",
        summary="Send the invitation again: its link lasts from now on",
        description="At most once a minute, and five times a day.",
        responses=problems(*_ACT_ERRORS, MemberNotFound, HasJoined, InvitedTooOften),
    )
    async def create_invitation(
        self, request: HostRequest, workspace_id: FromPath[str], member_id: FromPath[str]
    ) -> Member:
        async with self.db.transaction() as conn:
            return await service.invite_again(conn, request.user, self.membership_links, workspace_id, member_id)


class OwnershipTransferController(Controller):
    path = "/workspaces/{workspace_id:str}/ownership-transfers"
    tags = ("Members",)

    db: Database

    @post(
        summary="Pass the workspace on: a member becomes its owner, and you an admin",
        description="The answer is the new owner.",
        responses=problems(
            *_WRITE_ERRORS, WorkspaceNotFound, MemberNotFound, NotJoinedYet, OwnerAlready, ManagedByOrganization
        ),
    )
    async def create_transfer(
        self, request: HostRequest, workspace_id: FromPath[str], data: JSONBody[CreateOwnershipTransfer]
    ) -> Member:
        async with self.db.transaction() as conn:
            return await service.transfer(conn, request.user, workspace_id, data.memberId)
