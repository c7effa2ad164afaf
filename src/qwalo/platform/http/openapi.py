"""The OpenAPI document: what it says of the API as a whole, and where it is."""

from typing import Any

from litestar import Controller, Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Server

from qwalo import __version__
from qwalo.platform.http.documentation import document
from qwalo.platform.http.marks import PUBLIC
from qwalo.platform.http.problems import NotFound

ADDRESS = "/openapi.json"
MEDIA_TYPE = "application/vnd.oai.openapi+json"
_DESCRIPTION = """
Workspaces hold interviews, interviews are sent to invitees by a personal link.

- Authenticate with `Authorization: Bearer <token>`. An API key acts in its own workspace alone: with the scope `read`
  it sees what an observer sees, with `write` it does what a member does.
- Lists are arrays, newest first, in pages: the `Link` header leads to the next one.
- Optional facts are absent, not null. Times are ISO 8601 UTC with milliseconds.
- Every error is a problem (RFC 9457) with a stable `code`; `errors` names the fields.
- A POST with an `Idempotency-Key` can be sent again until it is answered, and acts once.
- `RateLimit` and `RateLimit-Policy` say how much may still be asked for in the window, and 429 with `Retry-After` that
  it is used up.
"""


def openapi_config(public_url: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Qwalo",
        version=__version__,
        summary="Send a video or voice interview by a personal link, and hold it in the browser.",
        description=_DESCRIPTION.strip(),
        license=License(name="MIT", identifier="MIT"),
        servers=[Server(url=public_url)],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="A session token of Clerk or of `qwalo token`, or an API key of a workspace (`qwk_…`).",
                )
            }
        ),
        security=[{"token": []}],
        # `OpenAPIController` serves the document where people look for it. The framework insists on routes of its
        # own, with an error page that is not ours: they are out of the way, and answer nothing.
        openapi_router=Router("/docs/framework", route_handlers=[], guards=[_nothing_here], include_in_schema=False),
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
    )


def _nothing_here(*_: Any) -> None:
    raise NotFound("There is nothing at this address.")


class OpenAPIController(Controller):
    opt = {PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    @get(ADDRESS)
    async def document(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        state = request.app.state
        if "openapi" not in state:
            state["openapi"] = document(request.app)
        return Response(state["openapi"], media_type=MEDIA_TYPE)
