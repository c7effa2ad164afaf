"""The JSON API of workspaces."""

from litestar import Controller, Response, delete, get, patch, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import ForeignRequest, NotForKeys, NotSignedIn
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, WRITE, problems
from qwalo.platform.http.injection import FromPath, JSONBody
from qwalo.platform.http.marks import FOR_PEOPLE
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces import service
from qwalo.workspaces.errors import NotAllowed, OrganizationNameFollows, WorkspaceNotFound
from qwalo.workspaces.models import Workspace
from qwalo.workspaces.schemas import CreateWorkspace, UpdateWorkspace

_READ = problems(NotSignedIn, *READ)
_WRITE = problems(NotSignedIn, ForeignRequest, NotAllowed, *WRITE)


class WorkspaceController(Controller):
    path = "/workspaces"
    tags = ("Workspaces",)

    settings: Settings
    db: Database

    @get(summary="List your workspaces, newest first", responses=_READ | problems(InvalidRequest))
    async def list_workspaces(
        self, request: HostRequest, limit: Limit = DEFAULT_LIMIT, cursor: CursorText = None
    ) -> Response[list[Workspace]]:
        async with self.db.connection() as conn:
            page = await service.list_workspaces(conn, request.user, page_request(limit, cursor))
        return Response(page.rows, headers=next_link(f"{self.settings.public_url}/workspaces", page, limit))

    @post(
        summary="Create a workspace",
        description=(
            "You are its owner. Where your session has an active organization at the identity provider, the workspace"
            " belongs to that: `organizationName` is then the organization's name, whatever was sent, and follows it,"
            " and the organization's members are members of the workspace."
        ),
        responses=_WRITE | problems(ForeignRequest, NotForKeys),
        opt={FOR_PEOPLE: "A key is of one workspace, and cannot make another: sign in as a person."},
    )
    async def create_workspace(self, request: HostRequest, data: JSONBody[CreateWorkspace]) -> Workspace:
        async with self.db.transaction() as conn:
            return await service.create_workspace(conn, request.user, data)

    @get("/{workspace_id:str}", summary="Get a workspace", responses=_READ | problems(WorkspaceNotFound))
    async def get_workspace(self, request: HostRequest, workspace_id: FromPath[str]) -> Workspace:
        async with self.db.connection() as conn:
            return await service.get_workspace(conn, request.user, workspace_id)

    @patch(
        "/{workspace_id:str}",
        summary="Rename a workspace or its organization",
        responses=_WRITE | problems(WorkspaceNotFound, OrganizationNameFollows),
    )
    async def update_workspace(
        self, request: HostRequest, workspace_id: FromPath[str], data: JSONBody[UpdateWorkspace]
    ) -> Workspace:
        async with self.db.transaction() as conn:
            return await service.update_workspace(conn, request.user, workspace_id, data)

    @delete(
        "/{workspace_id:str}",
        summary="Delete a workspace with its interviews and invitees",
        responses=_READ | problems(ForeignRequest, NotAllowed, WorkspaceNotFound),
    )
    async def delete_workspace(self, request: HostRequest, workspace_id: FromPath[str]) -> None:
        async with self.db.transaction() as conn:
            await service.delete_workspace(conn, request.user, workspace_id)
