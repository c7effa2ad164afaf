"""Where a browser is sent: to a path of ours, whatever was asked for."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.web.redirects import FRONT, own_path, see_other


@pytest.mark.parametrize("path", ["/", "/dashboard", "/dashboard/workspaces/c1?cursor=a%20b&limit=2"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    """With its query."""
    assert own_path(path) == path


@pytest.mark.parametrize(
    "target",
    ["", "x", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\r\nX: y", "\\\\evil"],
)
def test_another_place_is_not(target: str) -> None:
    """Nor what a browser would make another place of."""
    assert own_path(target) == FRONT


def test_a_path_may_hold_anything() -> None:
    """It is quoted, so that a header holds it."""
    assert see_other("/join/\u0142\r\nX: y").headers["Location"] == "/join/%C5%82%0D%0AX:%20y"


@pytest.mark.parametrize("segment", ["%C5%82", "a%0d%0aX:y", "%22%3E"])
async def test_no_segment_of_an_address_breaks_the_answer(client: AsyncTestClient[Litestar], segment: str) -> None:
    """A redirect to a strange page is still a redirect."""
    response = await client.get(f"/join/{segment}/acceptance", follow_redirects=False)
    assert response.status_code == 303
    assert "x" not in {name.lower() for name in response.headers}
