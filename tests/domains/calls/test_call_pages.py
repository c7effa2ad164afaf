"""The dashboard's pages of calls, and what the page of an interview shows of them."""

import re
from typing import Any, NamedTuple

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.platform.ids import cuid
from tests.call_rows import CallRows
from tests.people import Api, Person, interview_path, invitee_path

Client = AsyncTestClient[Litestar]


class Dashboard(NamedTuple):
    """Alice's interview with Inês, and its pages as her browser gets them."""

    client: Client
    alice: Person
    api: Api
    interview: dict[str, Any]
    invitee: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/dashboard{interview_path(self.interview)}"

    async def page(self, rest: str = "") -> str:
        cookie = "; ".join(f"{name}={value}" for name, value in self.alice.cookies.items())
        response = await self.client.get(f"{self.path}{rest}", headers={"Cookie": cookie})
        assert response.status_code == 200, response.text
        return response.text

    async def text(self, rest: str = "") -> str:
        """What a reader reads, with single spaces."""
        without_tags = re.sub(r"<[^>]*>", " ", await self.page(rest))
        return " ".join(without_tags.split())

    async def row(self) -> str:
        """The row of the invitee on the interview's page."""
        body = (await self.page()).partition("<tbody")[2].partition("</tbody>")[0]
        assert body.count("<tr") == 1
        return " ".join(body.split())


@pytest.fixture
async def dashboard(client: Client, alice: Person) -> Dashboard:
    api = Api(client, alice)
    interview = await api.create_interview(await api.create_workspace(), "Why you left")
    return Dashboard(client, alice, api, interview, await api.invite(interview, name="Inês Duarte"))


@pytest.fixture
def rows(conn: psycopg.Connection) -> CallRows:
    return CallRows(conn)


def call_link(dashboard: Dashboard) -> str:
    return f'href="/dashboard{invitee_path(dashboard.interview, dashboard.invitee)}/call" hx-boost="false"'


async def test_the_calls_of_an_interview_are_listed(dashboard: Dashboard, rows: CallRows) -> None:
    """With whom, for how long, how it ended, and a link to each."""
    call_id = rows.call(dashboard.invitee)
    rows.participant(call_id, "host", "Alice")
    rows.participant(call_id, "invitee", "Inês")
    text = await dashboard.text("/calls")
    for expected in ("Inês Duarte", "31 min", "Ended by the host", "With Alice, Inês."):
        assert expected in text
    assert f"/calls/{call_id}" in await dashboard.page("/calls")
    assert f'href="{dashboard.path}/calls"' in await dashboard.page()


async def test_an_interview_without_calls_says_what_will_be_there(dashboard: Dashboard) -> None:
    """And leads back to the interview."""
    assert "No calls yet" in await dashboard.text("/calls")


async def test_a_long_list_of_calls_leads_to_the_older_ones(
    dashboard: Dashboard, rows: CallRows, conn: psycopg.Connection
) -> None:
    """Fifty at a time."""
    oldest = rows.call(dashboard.invitee, 0, 1)
    for number in range(1, 51):
        rows.call(dashboard.invitee, number * 10, 1)
    first = await dashboard.page("/calls")
    assert oldest not in first
    older = re.search(r'href="[^"]*(/calls\?cursor=[^"]+)"', first)
    assert older is not None
    second = await dashboard.page(older[1])
    assert oldest in second
    assert "Back to the newest" in second


async def test_a_call_shows_its_facts_and_its_people(dashboard: Dashboard, rows: CallRows) -> None:
    """When it was, how it ended, who was there from when to when."""
    call_id = rows.call(dashboard.invitee)
    rows.participant(call_id, "host", "Alice", 0, 1887)
    rows.participant(call_id, "observer", "Ben", 600, 900)
    text = await dashboard.text(f"/calls/{call_id}")
    for expected in (
        "Call with Inês Duarte",
        "Duration 31 min 27 s",
        "Started 14:00 UTC",
        "Ended 14:31 UTC",
        "Ended by the host",
        "Invited as ines@example.com",
        "Ben Observer 14:10 UTC 14:15 UTC",
    ):
        assert expected in text
    assert "Open call" not in text


async def test_a_call_that_goes_on_can_be_opened_from_its_page(dashboard: Dashboard, rows: CallRows) -> None:
    """It says who is still there, and changes by itself."""
    call_id = rows.call(dashboard.invitee, length=None)
    rows.participant(call_id, "host", "Alice")
    rows.participant(call_id, "invitee", "Inês", 0, 20)
    page = await dashboard.page(f"/calls/{call_id}")
    assert call_link(dashboard) in page
    assert f'sse-connect="{dashboard.path}/live"' in page
    assert "The call goes on, with Alice." in page
    assert "Still there" in page


async def test_what_was_written_is_shown_as_text(dashboard: Dashboard, rows: CallRows) -> None:
    """Markup in names and messages stays what it is; addresses are links."""
    call_id = rows.call(dashboard.invitee)
    rows.participant(call_id, "invitee", "<img src=x>")
    rows.message(dashboard.invitee, 60, "<script>alert(1)</script> https://example.com/a", "<b>Inês</b>")
    page = await dashboard.page(f"/calls/{call_id}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;Inês&lt;/b&gt;" in page
    assert "&lt;img src=x&gt;" in page
    assert "<script>alert" not in page
    assert 'href="https://example.com/a" rel="' in page


async def test_an_address_that_is_a_script_is_no_link(dashboard: Dashboard, rows: CallRows) -> None:
    """Invitees write what they like."""
    call_id = rows.call(dashboard.invitee)
    rows.message(dashboard.invitee, 60, 'javascript:alert(1) https://example.com/"onclick="alert(1)')
    page = await dashboard.page(f"/calls/{call_id}")
    assert 'href="javascript' not in page
    assert '"onclick="' not in page


async def test_the_quality_of_a_call_is_drawn_and_told(dashboard: Dashboard, rows: CallRows) -> None:
    """Lines with a title and a description, and the same as a table; no style of its own, which the policy refuses."""
    call_id = rows.call(dashboard.invitee)
    person = rows.participant(call_id, "invitee", "Inês")
    for at in (15, 45, 75):
        rows.quality(person, at, roundTripMs=48, lossPercent=0.5, frozenSeconds=0.0)
    page = await dashboard.page(f"/calls/{call_id}")
    assert page.count('<path class="look look-1" d="M') == 3
    assert "Inês: 48 ms on average, 48 ms at most." in page
    assert "Round trip over the call</title>" in page
    assert '<th scope="row">1:00</th><td>Inês</td><td>48</td><td>0.5</td><td>0</td>' in page
    assert "style=" not in page


async def test_a_call_without_measurements_says_why(dashboard: Dashboard, rows: CallRows) -> None:
    """Short ones have none."""
    assert "Nothing was measured" in await dashboard.text(f"/calls/{rows.call(dashboard.invitee, 0, 5)}")


async def test_a_call_that_is_not_there_has_a_page_that_says_so(dashboard: Dashboard) -> None:
    """As another person's has."""
    cookie = "; ".join(f"{name}={value}" for name, value in dashboard.alice.cookies.items())
    response = await dashboard.client.get(f"{dashboard.path}/calls/{cuid()}", headers={"Cookie": cookie})
    assert response.status_code == 404
    assert "This call is not there" in response.text


async def test_an_invitee_who_waits_can_be_let_in_from_the_list(dashboard: Dashboard, rows: CallRows) -> None:
    """The way into the call is the row's main action, and readers of a screen hear of it."""
    rows.seat(dashboard.invitee)
    row = await dashboard.row()
    assert "Waiting now" in row
    assert f'button-primary" id="call-{dashboard.invitee["id"]}" {call_link(dashboard)}' in row
    assert 'data-announce="Inês Duarte is waiting to be let in. 1 pending' in await dashboard.page()


async def test_an_invitee_who_talks_is_shown_with_the_call(dashboard: Dashboard, rows: CallRows) -> None:
    """Since when, with ways to the record and into the call."""
    call_id = rows.call(dashboard.invitee, length=None)
    row = await dashboard.row()
    assert "In a call" in row
    assert f'href="{dashboard.path}/calls/{call_id}"' in row
    assert call_link(dashboard) in row


async def test_an_invitee_who_was_declined_can_still_be_let_in(dashboard: Dashboard, rows: CallRows) -> None:
    """By a form, as it changes something."""
    rows.seat(dashboard.invitee)
    rows.answer(dashboard.invitee, "declinedAt")
    row = await dashboard.row()
    assert "Declined" in row
    assert f'action="/dashboard{invitee_path(dashboard.interview, dashboard.invitee)}/admission"' in row
    assert "Let in" in row


async def test_a_call_that_was_held_shows_how_long(dashboard: Dashboard, rows: CallRows) -> None:
    """With a link to it, also when the interview is completed."""
    call_id = rows.call(dashboard.invitee)
    await dashboard.api.request("PATCH", invitee_path(dashboard.interview, dashboard.invitee), {"status": "completed"})
    row = await dashboard.row()
    assert f'<a href="{dashboard.path}/calls/{call_id}">31 min<' in row
    assert "Open call" not in row


async def test_an_invitee_with_a_link_that_works_can_be_called(dashboard: Dashboard) -> None:
    """Quietly, as nobody is there yet."""
    row = await dashboard.row()
    assert f'button-quiet row-action" id="call-{dashboard.invitee["id"]}" {call_link(dashboard)}' in row


@pytest.mark.parametrize("change", ["revokedAt", "linkExpiresAt"])
async def test_a_link_that_does_not_work_leads_to_no_call(
    dashboard: Dashboard, conn: psycopg.Connection, change: str
) -> None:
    """The invitee could not come."""
    conn.execute(f'UPDATE "InterviewInvitee" SET "{change}" = utc_now()')
    assert "Open call" not in await dashboard.row()
