"""API keys in the browser: made, copied, used by a program, revoked; and what goes wrong."""

import re

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.journeys.acting import Host
from tests.journeys.browsing import Browsing
from tests.people import Person
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def on_the_page(browsing: Browsing, server: RunningServer, person: Person, **options: bool) -> Page:
    """The page of the keys of a workspace that has none."""
    host = Host(await browsing.new_page(**options), server.url)
    await host.arrive_as(person)
    await host.create_workspace("Research", "Acme")
    await host.page.get_by_role("link", name="API keys").click()
    await host.sees_heading("API keys")
    return host.page


async def make(page: Page, name: str, scope: str = "Read and write") -> str:
    """The key that the page shows once."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("radio", name=re.compile(f"^{scope}")).first.check()
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your new API key")
    return await page.get_by_label("Key", exact=True).input_value()


def interviews(server: RunningServer, page: Page) -> str:
    found = re.search(r"/workspaces/\w+", page.url)
    assert found
    return f"{server.url}{found[0]}/interviews"


def ask(address: str, key: str, method: str = "GET") -> int:
    body = {"title": "Made by a program", "mode": "voice"} if method == "POST" else None
    return httpx.request(method, address, json=body, headers={"Authorization": f"Bearer {key}"}).status_code


async def test_a_key_is_made_used_and_revoked(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """The program works until the host says stop."""
    page = await on_the_page(browsing, shared_server, hanna)
    await expect(page.get_by_text("curl")).to_be_visible()
    await expect(page.get_by_role("link", name="API keys")).to_have_attribute("aria-current", "page")
    key = await make(page, "Importer")
    assert ask(interviews(shared_server, page), key, "POST") == 201

    await page.get_by_role("link", name="I have copied it").click()
    row = page.get_by_role("row").filter(has_text="Importer")
    await expect(row).to_contain_text("read and write")
    await expect(row).to_contain_text(key[-4:])
    await expect(row).to_contain_text("by Hanna")
    await expect(row.get_by_text("never")).to_have_count(0)
    assert key not in await page.content()

    await row.get_by_role("link", name="Revoke").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Revoke this key?")
    await page.get_by_role("button", name="Revoke key").click()
    await expect(page.get_by_role("row").filter(has_text="Importer").get_by_text("Revoked")).to_be_visible()
    assert ask(interviews(shared_server, page), key) == 401


async def test_a_key_to_read_is_what_the_page_says(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """It reads, and does not write."""
    page = await on_the_page(browsing, shared_server, hanna)
    key = await make(page, "Wall", "Read")
    address = interviews(shared_server, page)
    assert (ask(address, key), ask(address, key, "POST")) == (200, 403)


async def test_the_key_is_copied(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """With the button, which says so."""
    page = await on_the_page(browsing, shared_server, hanna)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    key = await make(page, "Importer")
    await page.get_by_role("button", name="Copy key").click()
    await expect(page.get_by_text("Key copied.")).to_be_attached()
    assert await page.evaluate("navigator.clipboard.readText()") == key


async def test_the_key_is_not_there_after_a_reload(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """Nor when one comes back to the page: the list is."""
    page = await on_the_page(browsing, shared_server, hanna)
    key = await make(page, "Importer")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("API keys")
    await expect(page.get_by_role("row").filter(has_text="Importer")).to_have_count(1)
    assert key not in await page.content()


async def test_a_form_without_a_name_is_shown_again(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """With what was chosen, and the error at its field."""
    page = await on_the_page(browsing, shared_server, hanna)
    browsing.expect_status(422)
    await page.get_by_role("radio", name=re.compile("^Read and write")).check()
    await page.get_by_label("Expires").select_option("in a year")
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("link", name="Name: must not be empty.")).to_be_visible()
    await expect(page.get_by_role("radio", name=re.compile("^Read and write"))).to_be_checked()
    await expect(page.get_by_label("Expires")).to_have_value("365")


async def test_all_of_it_works_without_scripts(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """Making and revoking are plain forms."""
    page = await on_the_page(browsing, shared_server, hanna, java_script_enabled=False)
    key = await make(page, "Importer")
    assert ask(interviews(shared_server, page), key) == 200
    await page.get_by_role("link", name="I have copied it").click()
    await page.get_by_role("link", name="Revoke Importer").click()
    await page.get_by_role("button", name="Revoke key").click()
    await expect(page.get_by_text("It does not work any more.")).to_be_visible()
    assert ask(interviews(shared_server, page), key) == 401
