"""Styles, scripts, fonts and pictures, at addresses that change with their content: browsers may keep them for ever.

The version is a folder in the address and not a query, so that what a file refers to by a relative address, as
modules and styles do, has the version too.
"""

import hashlib
from importlib.resources import files
from pathlib import Path, PurePath

from litestar import Controller, get, head
from litestar.file_system import BaseLocalFileSystem
from litestar.response.file import ASGIFileResponse
from litestar.static_files.base import StaticFiles

from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import LIMIT, PUBLIC

FOLDER = Path(str(files("qwalo.web"))) / "static"
VERSION = hashlib.sha256(
    b"".join(
        path.relative_to(FOLDER).as_posix().encode() + path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    )
).hexdigest()[:12]


def static(path: str) -> str:
    """The address of a file in `static/`."""
    if not (FOLDER / path).is_file():
        raise FileNotFoundError(path)
    return f"/static/{VERSION}/{path}"


def modules(folder: str) -> list[str]:
    """The addresses of the scripts in a folder of `static/`, so that a page can have them fetched all at once."""
    return [static(path.relative_to(FOLDER).as_posix()) for path in sorted((FOLDER / folder).glob("*.js"))]


class StaticController(Controller):
    path = "/static/{version:str}"
    opt = {PUBLIC: True, LIMIT: ()}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    @get("/{file_path:path}")
    async def show(self, version: FromPath[str], file_path: FromPath[PurePath]) -> ASGIFileResponse:
        return await _files(version).handle(path=file_path.as_posix(), is_head_response=False)

    @head("/{file_path:path}")
    async def look(self, version: FromPath[str], file_path: FromPath[PurePath]) -> ASGIFileResponse:
        return await _files(version).handle(path=file_path.as_posix(), is_head_response=True)


def _served(cache: str) -> StaticFiles:
    return StaticFiles(
        is_html_mode=False,
        directories=[FOLDER],
        file_system=BaseLocalFileSystem(),
        headers={"Cache-Control": cache},
    )


_OURS = _served("public, max-age=31536000, immutable")
# While one server process after the other is updated, a page of a newer one may ask here: the best that there is, once.
_OTHERS = _served("no-store")


def _files(version: str) -> StaticFiles:
    return _OURS if version == VERSION else _OTHERS
