"""The JSON API of interviews, as a program uses it."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.people import Api, Person, interview_path

Client = AsyncTestClient[Litestar]


@pytest.fixture
def api(client: Client, alice: Person) -> Api:
    return Api(client, alice)


async def test_an_interview_carries_its_invitees_newest_first(api: Api) -> None:
    """In the list as well as by itself; what has not happened to an invitee is absent."""
    interview = await api.create_interview(await api.create_workspace(), "Why they left", "voice")
    for name in ("ana", "ben"):
        await api.invite(interview, f"{name}@example.com")
    one = (await api.request("GET", interview_path(interview))).json()
    listed = (await api.request("GET", f"/workspaces/{interview['workspaceId']}/interviews")).json()
    assert listed == [one]
    assert [invitee["email"] for invitee in one["invitees"]] == ["ben@example.com", "ana@example.com"]
    assert set(one["invitees"][0]) == {
        *("id", "interviewId", "email", "status", "createdAt", "updatedAt", "linkExpiresAt"),
    }


async def test_a_created_interview_is_answered_as_it_is_read_later(api: Api) -> None:
    """With an empty list of invitees."""
    interview = await api.create_interview(await api.create_workspace())
    assert interview["invitees"] == []
    assert (await api.request("GET", interview_path(interview))).json() == interview


async def test_an_empty_workspace_lists_no_interviews(api: Api) -> None:
    """Which is another answer than that of a workspace that is not there."""
    workspace = await api.create_workspace()
    response = await api.request("GET", f"/workspaces/{workspace['id']}/interviews")
    assert (response.status_code, response.json()) == (200, [])
    assert (await api.request("GET", "/workspaces/none/interviews")).json()["code"] == "workspace-not-found"


async def test_a_list_is_walked_page_by_page(api: Api) -> None:
    """Every interview once, newest first."""
    workspace = await api.create_workspace()
    made = [(await api.create_interview(workspace, f"I{n}"))["id"] for n in range(5)]
    seen: list[str] = []
    url: str | None = f"/workspaces/{workspace['id']}/interviews?limit=2"
    while url is not None:
        response = await api.request("GET", url)
        seen += [row["id"] for row in response.json()]
        url = response.links.get("next", {}).get("url")
    assert seen == made[::-1]


async def test_a_patch_changes_only_what_is_sent(api: Api) -> None:
    """Title and mode each by itself, and the invitees stay."""
    interview = await api.create_interview(await api.create_workspace(), "Why", "video")
    await api.invite(interview)
    await api.request("PATCH", interview_path(interview), {"title": "Why not"})
    changed = (await api.request("PATCH", interview_path(interview), {"mode": "voice"})).json()
    assert (changed["title"], changed["mode"], len(changed["invitees"])) == ("Why not", "voice", 1)


async def test_a_deleted_interview_is_gone(api: Api) -> None:
    """It cannot be read, nor deleted again."""
    interview = await api.create_interview(await api.create_workspace())
    statuses = [
        (await api.request(method, interview_path(interview))).status_code for method in ("DELETE", "GET", "DELETE")
    ]
    assert statuses == [204, 404, 404]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"title": "Why"}, "mode", id="no mode"),
        pytest.param({"title": "Why", "mode": "chat"}, "mode", id="another mode"),
        pytest.param({"title": "", "mode": "video"}, "title", id="blank title"),
        pytest.param({"title": "Why", "mode": "video", "invitees": []}, "invitees", id="a field that is not taken"),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_by_field(api: Api, body: object, field: str) -> None:
    """The problem names it."""
    workspace = await api.create_workspace()
    response = await api.request("POST", f"/workspaces/{workspace['id']}/interviews", body)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
