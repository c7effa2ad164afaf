"""The JSON API of API keys."""

from litestar import Controller, Response, delete, get, post

from qwalo.api_keys import service
from qwalo.api_keys.errors import ApiKeyNotFound, TooManyApiKeys
from qwalo.api_keys.models import ApiKey, CreatedApiKey
from qwalo.api_keys.schemas import CreateApiKey
from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import ForeignRequest, NotSignedIn
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, WRITE, problems
from qwalo.platform.http.injection import FromPath, JSONBody
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces.errors import NotAllowed, WorkspaceNotFound

_READ = problems(NotSignedIn, NotAllowed, *READ)


class ApiKeyController(Controller):
    path = "/workspaces/{workspace_id:str}/api-keys"
    tags = ("API keys",)

    settings: Settings
    db: Database

    @get(
        summary="List the API keys of a workspace, newest first",
        responses=_READ | problems(WorkspaceNotFound, InvalidRequest),
    )
    async def list_keys(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorText = None,
    ) -> Response[list[ApiKey]]:
        async with self.db.connection() as conn:
            page = await service.list_keys(conn, request.user, workspace_id, page_request(limit, cursor))
        address = f"{self.settings.public_url}/workspaces/{workspace_id}/api-keys"
        return Response(page.rows, headers=next_link(address, page, limit))

    @post(
        summary="Make an API key, which only this answer shows",
        responses=problems(NotSignedIn, ForeignRequest, NotAllowed, WorkspaceNotFound, TooManyApiKeys, *WRITE),
    )
    async def create_key(
        self, request: HostRequest, workspace_id: FromPath[str], data: JSONBody[CreateApiKey]
    ) -> CreatedApiKey:
        async with self.db.transaction() as conn:
            return await service.create_key(conn, request.user, workspace_id, data)

    @get(
        "/{api_key_id:str}",
        summary="Get an API key, without the key itself",
        responses=_READ | problems(ApiKeyNotFound),
    )
    async def get_key(self, request: HostRequest, workspace_id: FromPath[str], api_key_id: FromPath[str]) -> ApiKey:
        async with self.db.connection() as conn:
            return await service.get_key(conn, request.user, workspace_id, api_key_id)

    @delete(
        "/{api_key_id:str}",
        summary="Revoke an API key, which stays in the list",
        responses=problems(NotSignedIn, ForeignRequest, NotAllowed, ApiKeyNotFound, *READ),
    )
    async def revoke_key(self, request: HostRequest, workspace_id: FromPath[str], api_key_id: FromPath[str]) -> None:
        async with self.db.transaction() as conn:
            await service.revoke_key(conn, request.user, workspace_id, api_key_id)
