"""The dashboard's page of a workspace's API keys: the list, a new one, shown once, and revoking."""

from typing import Any

from litestar import Controller, Response, get, post

from qwalo.api_keys import service
from qwalo.api_keys.errors import TooManyApiKeys
from qwalo.api_keys.schemas import ApiKeyForm
from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.identity.models import Viewer
from qwalo.platform.clock import iso, now
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.settings import Settings
from qwalo.web import forms
from qwalo.workspaces import service as workspaces

# What a new form says: most programs need to write, and a key that is forgotten ends by itself.
_FIRST_VALUES = {"scope": "read", "expiry": "90"}


class ApiKeyPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/api-keys"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    settings: Settings

    @get()
    async def list_keys(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await self._context(request.user, workspace_id, cursor)
        return page.render("api_keys/list.html", values=_FIRST_VALUES, **context)

    @post()
    async def create_key(
        self, page: Injected[HostPage], request: HostRequest, workspace_id: FromPath[str]
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            data = forms.read(values, ApiKeyForm).data()
            async with self.db.transaction() as conn:
                workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
                key = await service.create_key(conn, request.user, workspace_id, data)
        except forms.InvalidForm as invalid:
            return await self._form_again(page, request, workspace_id, values, invalid.errors, 422)
        except TooManyApiKeys as full:
            errors = forms.FormErrors({"": str(full)})
            return await self._form_again(page, request, workspace_id, values, errors, full.status)
        response = page.render(
            "api_keys/created.html",
            organization=workspace.organizationName,
            workspace=workspace,
            key=key,
            public_url=self.settings.public_url,
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @get("/{api_key_id:str}/revocation")
    async def confirm_revocation(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], api_key_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            key = await service.get_key(conn, request.user, workspace_id, api_key_id)
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
        return page.render(
            "api_keys/revocation.html", organization=workspace.organizationName, workspace=workspace, key=key
        )

    @post("/{api_key_id:str}/revocation")
    async def revoke_key(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], api_key_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            key = await service.revoke_key(conn, request.user, workspace_id, api_key_id)
        path = f"/dashboard/workspaces/{workspace_id}/api-keys"
        return page.redirect(path, f"API key “{key.name}” revoked. It does not work any more.")

    async def _form_again(
        self,
        page: HostPage,
        request: HostRequest,
        workspace_id: str,
        values: dict[str, str],
        errors: forms.FormErrors,
        status: int,
    ) -> Response[str]:
        context = await self._context(request.user, workspace_id, None)
        return page.render("api_keys/list.html", status=status, values=values, errors=errors, **context)

    async def _context(self, viewer: Viewer, workspace_id: str, cursor: str | None) -> dict[str, Any]:
        async with self.db.connection() as conn:
            keys = await service.list_keys(conn, viewer, workspace_id, page_request(cursor=cursor))
            workspace = await workspaces.get_workspace(conn, viewer, workspace_id)
        return {
            "organization": workspace.organizationName,
            "workspace": workspace,
            "keys": keys,
            "cursor": cursor,
            "now": iso(now()),
            "public_url": self.settings.public_url,
        }
