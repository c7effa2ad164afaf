"""Where a browser goes next: always a path of ours."""

from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie

FRONT = "/dashboard"
_PLAIN = "/?&=%:@!$'()*+,;~-._[]#"


def own_path(target: str, otherwise: str = FRONT) -> str:
    """`target`, quoted, if it is a path of ours.

    A browser takes `//host` and `/\\host` for another host, and drops tabs and line breaks before it looks.
    """
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return quote(target, safe=_PLAIN) if ours else otherwise


def see_other(path: str, *cookies: Cookie) -> Response[str]:
    """303: the browser fetches `path`, which may hold anything, with GET, so that a reload sends nothing again."""
    headers = {"Location": quote(path, safe=_PLAIN)}
    return Response("", status_code=303, media_type="text/plain", headers=headers, cookies=list(cookies))
