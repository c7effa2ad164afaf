"""Static files: kept by browsers for ever, and never mixed with those of another version."""

import re
from urllib.parse import urljoin

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.web.static_files import FOLDER, VERSION, modules, static

Client = AsyncTestClient[Litestar]
IMPORT = re.compile(r'^(?:import|export)[^"]*from "([^"]+)"|^import "([^"]+)"', re.MULTILINE)


async def test_what_is_asked_for_by_this_version_is_kept_for_ever(client: Client) -> None:
    answer = await client.get(static("css/base.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_what_a_page_of_another_version_asks_for_is_answered_and_not_kept(client: Client) -> None:
    answer = await client.get("/static/0123456789ab/css/base.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["../rendering.py", "%2e%2e/rendering.py", "css/../../rendering.py", "nothing.js"])
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert (await client.get(f"/static/{VERSION}/{path}")).status_code == 404


def test_every_module_that_a_module_imports_is_there_under_the_same_version() -> None:
    for path in FOLDER.glob("js/**/*.js"):
        address = static(path.relative_to(FOLDER).as_posix())
        for found in IMPORT.finditer(path.read_text()):
            imported = urljoin(address, found[1] or found[2])
            assert imported.startswith(f"/static/{VERSION}/"), (address, imported)
            assert (FOLDER / imported.removeprefix(f"/static/{VERSION}/")).is_file(), (address, imported)


def test_a_file_that_is_not_there_has_no_address() -> None:
    with pytest.raises(FileNotFoundError):
        static("js/nothing.js")


def test_the_room_has_all_of_its_modules_fetched_at_once() -> None:
    assert static("js/room/page.js") in modules("js/room")
