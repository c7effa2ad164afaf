"""The audit log in the browser: what happened, in sentences; filters; the export."""

import asyncio
import csv
import io
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import Page, expect

from qwalo.platform.db.pool import SESSION_OPTIONS
from tests.journeys.acting import Host
from tests.journeys.browsing import Browsing
from tests.journeys.hosting import HostApi
from tests.people import Person, interview_path
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLE = "Why did you choose us?"


async def on_the_page(
    browsing: Browsing, server: RunningServer, person: Person, interview: dict[str, Any], **options: Any
) -> Page:
    host = Host(await browsing.new_page(**options), server.url)
    await host.arrive_as(person)
    await host.page.goto(f"{server.url}/dashboard/workspaces/{interview['workspaceId']}/audit-log")
    await host.sees_heading("Audit log")
    return host.page


async def test_what_the_host_did_reads_as_sentences(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, hanna_api: HostApi
) -> None:
    """Newest first, found through the tab."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.create_interview(TITLE)
    await host.invite("ines@client.example")
    await host.page.get_by_role("link", name="Research").click()
    await host.page.get_by_role("link", name="Audit log").click()
    await host.sees_heading("Audit log")
    invited = host.page.locator("summary").filter(has_text="Hanna invited ines@client.example")
    created = host.page.locator("summary").filter(has_text=f"Hanna created the interview {TITLE}")
    await expect(invited.get_by_role("time")).to_be_visible()
    await expect(invited).to_contain_text("127.0.0.1")
    above, below = await invited.bounding_box(), await created.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]


async def test_a_change_opens_to_what_was_and_is(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, hanna_api: HostApi
) -> None:
    """By keyboard as well."""
    interview = hanna_api.create_interview("Why us?")
    hanna_api.rename(interview, TITLE)
    page = await on_the_page(browsing, shared_server, hanna, interview)
    entry = page.locator("summary").filter(has_text="Hanna changed the interview")
    await entry.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Why us?").and_(page.locator("del"))).to_be_visible()
    await expect(page.get_by_text(TITLE).and_(page.locator("ins"))).to_be_visible()


async def test_the_filters_find_what_they_say(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, hanna_api: HostApi
) -> None:
    """What, who and when; and everything again."""
    interview = hanna_api.create_interview(TITLE)
    hanna_api.rename(interview, "Another")
    page = await on_the_page(browsing, shared_server, hanna, interview)
    everything = await page.locator(".audit-event").count()
    assert everything >= 3
    await page.get_by_label("What").select_option("interview.updated")
    await page.get_by_label("Who").select_option(label="Hanna")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator(".audit-event")).to_have_count(1)
    await expect(page.get_by_label("What")).to_have_value("interview.updated")
    await expect(page.get_by_label("Who")).to_have_value(hanna.id)

    await page.get_by_label("To", exact=False).fill("2020-01-01")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("heading", name="Nothing fits this filter")).to_be_visible()
    await page.get_by_role("link", name="Show everything").first.click()
    await expect(page.locator(".audit-event")).to_have_count(everything)


async def test_days_in_the_wrong_order_are_said(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, hanna_api: HostApi
) -> None:
    """At the field, and the days stay."""
    page = await on_the_page(browsing, shared_server, hanna, hanna_api.create_interview(TITLE))
    browsing.expect_status(422)
    await page.get_by_label("From").fill("2026-03-02")
    await page.get_by_label("To", exact=False).fill("2026-03-01")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("link", name="To: must be after the beginning.")).to_be_visible()
    await expect(page.get_by_label("From")).to_have_value("2026-03-02")


async def test_older_pages_keep_the_filter(
    browsing: Browsing, shared_server: RunningServer, shared_database_url: str, hanna: Person, hanna_api: HostApi
) -> None:
    """There and back."""
    interview = hanna_api.create_interview(TITLE)
    add_events(shared_database_url, interview, 70)
    page = await on_the_page(browsing, shared_server, hanna, interview)
    await page.get_by_label("What").select_option("call.ended")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator(".audit-event")).to_have_count(50)
    await page.get_by_role("link", name="Show older").click()
    await expect(page.locator(".audit-event")).to_have_count(20)
    await expect(page.get_by_label("What")).to_have_value("call.ended")
    await page.get_by_role("link", name="Back to the newest").click()
    await expect(page.locator(".audit-event")).to_have_count(50)
    await expect(page.get_by_label("What")).to_have_value("call.ended")


async def test_the_export_has_what_the_filter_shows(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, hanna_api: HostApi
) -> None:
    """As a file that the browser saves."""
    interview = hanna_api.create_interview("=1+1")
    hanna_api.rename(interview)
    page = await on_the_page(browsing, shared_server, hanna, interview)
    await page.get_by_label("What").select_option("interview.created")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator(".audit-event")).to_have_count(1)
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Export as CSV").click()
    download = await started.value
    assert re.fullmatch(r"audit-log-research-\d{4}-\d\d-\d\d\.csv", download.suggested_filename)
    text = await asyncio.to_thread(Path(await download.path()).read_text, "utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["objectLabel"] for row in rows] == ["'=1+1"]


async def test_the_log_is_readable_on_a_phone_without_scripts(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, hanna_api: HostApi
) -> None:
    """Nothing is cut off, however long a name is; filter and details work."""
    interview = hanna_api.create_interview("W" * 150)
    hanna_api.invite(interview, f"{'a' * 60}@{'b' * 60}.example.com")
    phone = {"viewport": {"width": 390, "height": 800}}
    page = await on_the_page(browsing, shared_server, hanna, interview, java_script_enabled=False, **phone)
    await page.get_by_label("What").select_option("invitee.created")
    await page.get_by_role("button", name="Filter").click()
    await page.locator("summary").filter(has_text="Hanna invited").click()
    await expect(page.get_by_text("invitee.created", exact=True)).to_be_visible()
    box = await page.locator(".audit-event").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


async def test_who_only_observes_has_no_way_to_the_log(
    browsing: Browsing, shared_server: RunningServer, shared_database_url: str, hanna: Person, hanna_api: HostApi
) -> None:
    """No tab, and a page that says what to do."""
    interview = hanna_api.create_interview(TITLE)
    with psycopg.connect(shared_database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
        # Somebody else owns it from now on.
        conn.execute('INSERT INTO "User" ("id", "clerkUserId") VALUES (%s, %s)', (f"o{hanna.id}", f"local_o{hanna.id}"))
        conn.execute(
            'UPDATE "Workspace" SET "ownerId" = %s WHERE "id" = %s', (f"o{hanna.id}", interview["workspaceId"])
        )
        conn.execute(
            """UPDATE "WorkspaceMember" SET "role" = 'observer' WHERE "userId" = %s AND "workspaceId" = %s""",
            (hanna.id, interview["workspaceId"]),
        )
    browsing.expect_status(403)
    page = await browsing.new_page()
    host = Host(page, shared_server.url)
    await host.arrive_as(hanna)
    await page.goto(f"{shared_server.url}/dashboard/workspaces/{interview['workspaceId']}")
    await expect(page.get_by_role("link", name="Members")).to_be_visible()
    await expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    await expect(page.get_by_role("link", name="API keys")).to_have_count(0)
    await page.goto(f"{shared_server.url}/dashboard/workspaces/{interview['workspaceId']}/audit-log")
    await expect(page.get_by_text("Your role here is observer")).to_be_visible()
    assert hanna_api.request("GET", interview_path(interview)).status_code == 200


def add_events(database_url: str, interview: dict[str, Any], count: int) -> None:
    with psycopg.connect(database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
        conn.execute(
            """INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "objectId", "objectLabel", "data",
                "createdAt")
            SELECT %s || i, %s, 'call.ended', 'system', 'o', 'Ines', '{}', now() - i * interval '1 minute'
            FROM generate_series(1, %s) i""",
            (interview["id"], interview["workspaceId"], count),
        )
