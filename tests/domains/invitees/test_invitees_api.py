"""The JSON API of invitees, as a program uses it."""

import asyncio
import hashlib

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.people import Api, Person, interview_path, invitee_path

Client = AsyncTestClient[Litestar]


@pytest.fixture
def api(client: Client, alice: Person) -> Api:
    return Api(client, alice)


async def test_an_address_is_lower_cased_and_the_invitee_pending(api: Api) -> None:
    """The answer has the link; the list does not."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview, " Ana@Example.COM ", " Ana ")
    assert (invitee["email"], invitee["name"], invitee["status"]) == ("ana@example.com", "Ana", "pending")
    assert invitee["link"].startswith("http://qwalo.test/i/")
    listed = (await api.request("GET", f"{interview_path(interview)}/invitees")).json()
    assert listed == [{name: value for name, value in invitee.items() if name != "link"}]


async def test_the_link_can_be_read_again_though_only_its_hash_is_kept(api: Api, conn: psycopg.Connection) -> None:
    """It is derived from the secret key."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview)
    read = (await api.request("GET", invitee_path(interview, invitee))).json()
    token = invitee["link"].rpartition("/")[2]
    (kept,) = conn.execute('SELECT "tokenHash" FROM "InterviewInvitee"').fetchone() or (None,)
    assert read["link"] == invitee["link"]
    assert kept == hashlib.sha256(token.encode()).hexdigest()


async def test_inviting_defers_the_mail_in_the_same_transaction(api: Api, conn: psycopg.Connection) -> None:
    """One job for one invitation; none for one that was refused."""
    interview = await api.create_interview(await api.create_workspace())
    await api.invite(interview)
    again = await api.request("POST", f"{interview_path(interview)}/invitees", {"email": "INES@example.com"})
    assert (again.status_code, again.json()["code"]) == (409, "invitee-already-invited")
    jobs = conn.execute("SELECT args->>'invitation_id' FROM procrastinate_jobs").fetchall()
    assert jobs == conn.execute('SELECT "id" FROM "Invitation"').fetchall()
    assert len(jobs) == 1


async def test_the_same_address_may_be_invited_to_another_interview(api: Api) -> None:
    """The rule is for one interview."""
    workspace = await api.create_workspace()
    links = {(await api.invite(await api.create_interview(workspace)))["link"] for _ in range(2)}
    assert len(links) == 2


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        pytest.param(["accepted", "completed"], 200, id="one by one"),
        pytest.param(["completed"], 200, id="at once"),
        pytest.param(["accepted", "accepted"], 200, id="the same again"),
        pytest.param(["accepted", "pending"], 409, id="back to pending"),
        pytest.param(["completed", "accepted"], 409, id="back to accepted"),
    ],
)
async def test_a_status_moves_forward_only(api: Api, steps: list[str], status: int) -> None:
    """Back is a conflict, and changes nothing."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview)
    responses = [await api.request("PATCH", invitee_path(interview, invitee), {"status": step}) for step in steps]
    assert responses[-1].status_code == status
    read = (await api.request("GET", invitee_path(interview, invitee))).json()
    assert read["status"] == (steps[0] if status == 409 else steps[-1])
    assert "acceptedAt" in read


async def test_a_name_can_be_changed_and_removed(api: Api) -> None:
    """Null removes it; leaving it out leaves it alone."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview, name="Ines")
    path = invitee_path(interview, invitee)
    assert (await api.request("PATCH", path, {"status": "accepted"})).json()["name"] == "Ines"
    assert (await api.request("PATCH", path, {"name": "Inès"})).json()["name"] == "Inès"
    assert "name" not in (await api.request("PATCH", path, {"name": None})).json()


async def test_revoking_keeps_the_row_and_sending_again_makes_a_new_link(api: Api) -> None:
    """The old link stays worthless."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview)
    path = invitee_path(interview, invitee)
    assert (await api.request("DELETE", path)).status_code == 204
    revoked = (await api.request("GET", path)).json()
    assert "revokedAt" in revoked
    assert "link" not in revoked
    invitation = await api.request("POST", f"{path}/invitations")
    assert (invitation.status_code, invitation.json()["inviteeId"]) == (201, invitee["id"])
    renewed = (await api.request("GET", path)).json()
    assert "revokedAt" not in renewed
    assert renewed["link"] != invitee["link"]


async def test_sending_again_keeps_a_link_that_works(api: Api) -> None:
    """Whoever has the first mail can go on using it."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview)
    await api.request("POST", f"{invitee_path(interview, invitee)}/invitations")
    assert (await api.request("GET", invitee_path(interview, invitee))).json()["link"] == invitee["link"]


async def test_nobody_is_invited_to_what_is_completed(api: Api) -> None:
    """The mail would lead nowhere."""
    interview = await api.create_interview(await api.create_workspace())
    path = invitee_path(interview, await api.invite(interview))
    await api.request("PATCH", path, {"status": "completed"})
    response = await api.request("POST", f"{path}/invitations")
    assert (response.status_code, response.json()["code"]) == (409, "interview-already-held")


@pytest.mark.parametrize(
    "email", ["", "ana", "ana@", "@example.com", "a b@example.com", "ana@example.com\r\nBcc: x@y.zz"]
)
async def test_what_is_no_address_is_refused(api: Api, email: str) -> None:
    """With a sentence that says what one looks like."""
    interview = await api.create_interview(await api.create_workspace())
    response = await api.request("POST", f"{interview_path(interview)}/invitees", {"email": email})
    assert response.status_code == 422
    assert "ana@example.com" in response.json()["errors"][0]["message"]


async def test_many_at_once_each_get_their_own_answer(client: Client, alice: Person, bob: Person) -> None:
    """New ones, one address twice, and one at somebody else's interview: stored together, answered apart."""
    mine, theirs = Api(client, alice), Api(client, bob)
    interview = await mine.create_interview(await mine.create_workspace())
    foreign = await theirs.create_interview(await theirs.create_workspace())
    wishes = [(interview, f"p{n}@example.com") for n in range(20)]
    wishes += [(interview, "twice@example.com"), (interview, "TWICE@example.com"), (foreign, "x@example.com")]
    responses = await asyncio.gather(
        *(mine.request("POST", f"{interview_path(one)}/invitees", {"email": email}) for one, email in wishes)
    )
    statuses = [response.status_code for response in responses]
    assert statuses[:20] == [201] * 20
    assert sorted(statuses[20:22]) == [201, 409]
    assert statuses[22] == 404
    assert {response.json()["email"] for response in responses[:20]} == {email for _, email in wishes[:20]}
    listed = (await mine.request("GET", interview_path(interview))).json()["invitees"]
    assert len(listed) == 21
    assert (await theirs.request("GET", interview_path(foreign))).json()["invitees"] == []
