"""Where a browser goes after a form was taken."""

from litestar import Response
from litestar.datastructures import Cookie


def see_other(path: str, *cookies: Cookie) -> Response[str]:
    """303: the browser fetches `path` with GET, so that a reload sends nothing again."""
    return Response("", status_code=303, media_type="text/plain", headers={"Location": path}, cookies=list(cookies))
