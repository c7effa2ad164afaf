"""The pages of webhooks in a browser: an endpoint is made, tried, mended and deleted; its secret is seen once."""

import re
from collections.abc import Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.domains.webhooks.receiver import Answer, Receiver
from tests.journeys.acting import Host
from tests.journeys.browsing import Browsing
from tests.journeys.conftest import add_person, fresh_database
from tests.people import Person
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def server(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """With a worker, and allowed to send to this machine."""
    with fresh_database(cluster) as url:
        values = {"DATABASE_URL": url, "QWALO_WEBHOOK_PRIVATE_ADDRESSES": "true"}
        with RunningServer(tmp_path_factory.mktemp("webhooks"), values) as running:
            yield running


@pytest.fixture
def owner(server: RunningServer) -> Person:
    return add_person(server, server.database_url, "Hanna")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class Webhooks(Host):
    """An owner at the webhooks of a new workspace."""

    async def open(self, person: Person) -> None:
        await self.arrive_as(person)
        await self.create_workspace("Research", "Acme")
        await self.page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Webhooks").click()
        await self.sees_heading("Webhooks")

    async def fill(self, url: str, *events: str, description: str = "Our CRM") -> None:
        await self.page.get_by_role("link", name=re.compile("Add an endpoint|New endpoint")).click()
        await self.page.get_by_label("Address").fill(url)
        await self.page.get_by_label("Description").fill(description)
        for event in events:
            await self.page.get_by_role("checkbox", name=event).check()
        await self.page.get_by_role("button", name="Create endpoint").click()

    async def create(self, url: str) -> str:
        """The secret that is shown then; afterwards on the endpoint's page."""
        await self.fill(url, "interview.created", "call.ended")
        await self.sees_heading("The endpoint is created")
        secret = await self.secret()
        await self.page.get_by_role("link", name="I have copied it").click()
        await self.sees_heading("Our CRM")
        return secret

    async def secret(self) -> str:
        return await self.page.get_by_role("textbox", name="Secret").input_value()

    def delivery(self) -> Locator:
        return self.page.get_by_role("region", name="Deliveries").get_by_role("listitem").first


@pytest_asyncio.fixture(loop_scope="session")
async def webhooks(browsing: Browsing, server: RunningServer, owner: Person) -> Webhooks:
    """At the empty list."""
    host = Webhooks(await browsing.new_page(), server.url)
    await host.open(owner)
    return host


async def cookies_and_address(page: Page) -> str:
    return f"{await page.context.cookies()} {page.url} {await page.evaluate('JSON.stringify(history.state)')}"


async def test_the_empty_list_says_what_webhooks_are_for(webhooks: Webhooks) -> None:
    await expect(webhooks.page.get_by_role("heading", name="Tell your own programs")).to_be_visible()
    await expect(webhooks.page.get_by_role("link", name="Add an endpoint")).to_be_visible()


async def test_the_secret_is_seen_once(webhooks: Webhooks, receiver: Receiver) -> None:
    """On the answer to the form alone: not in an address, a cookie, or on any page after it."""
    page = webhooks.page
    await webhooks.fill(receiver.url, "interview.created")
    await webhooks.sees_heading("The endpoint is created")
    secret = await webhooks.secret()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret not in await cookies_and_address(page)
    await page.get_by_role("link", name="I have copied it").click()
    await webhooks.sees_heading("Our CRM")
    assert secret not in await page.content()
    await page.go_back()
    await page.wait_for_load_state()
    await expect(page.get_by_label("Address")).to_have_value("")
    assert secret not in await page.content()
    await page.reload()
    assert secret not in await page.content()


async def test_a_test_event_arrives_and_shows_by_itself(webhooks: Webhooks, receiver: Receiver) -> None:
    secret = await webhooks.create(receiver.url)
    await webhooks.page.get_by_role("button", name="Send a test").click()
    await expect(webhooks.delivery().get_by_text("Delivered")).to_be_visible()
    assert receiver.got[0].verified(secret)["type"] == "webhook_endpoint.tested"
    await webhooks.delivery().locator("summary").click()
    await expect(webhooks.delivery().get_by_text("200", exact=True)).to_be_visible()


async def test_what_was_opened_stays_open_when_the_list_changes(webhooks: Webhooks, receiver: Receiver) -> None:
    """And what failed is seen with the answer, and sent again."""
    receiver.answer = lambda _: Answer(500, b"the disk is full")
    await webhooks.create(receiver.url)
    await webhooks.page.get_by_role("button", name="Send a test").click()
    await expect(webhooks.delivery().get_by_text("Retrying")).to_be_visible()
    await webhooks.delivery().locator("summary").click()
    await expect(webhooks.delivery().get_by_text("the disk is full").first).to_be_visible()
    receiver.answer = lambda _: Answer(200, b"thanks")
    await webhooks.delivery().get_by_role("button", name="Send again").click()
    await expect(webhooks.delivery().get_by_text("Delivered")).to_be_visible()
    await expect(webhooks.delivery().get_by_text("thanks")).to_be_visible()
    # The list is fetched anew and put in the place of this one.
    await webhooks.page.evaluate("document.querySelector('#endpoint').setAttribute('data-old', '')")
    await webhooks.page.evaluate("document.querySelector('[data-live]').dispatchEvent(new CustomEvent('qwalo:resync'))")
    await expect(webhooks.page.locator("#endpoint[data-old]")).to_have_count(0)
    await expect(webhooks.delivery().get_by_text("thanks")).to_be_visible()


async def test_a_bad_address_is_told_beside_the_field(webhooks: Webhooks, browsing: Browsing) -> None:
    """What was typed and chosen stays."""
    browsing.expect_status(422)
    page = webhooks.page
    await webhooks.fill("https://me:secret@hooks.example.com/", "call.ended")
    await expect(page.get_by_label("Address")).to_have_accessible_description(re.compile("user name"))
    await expect(page.get_by_label("Description")).to_have_value("Our CRM")
    await expect(page.get_by_role("checkbox", name="call.ended")).to_be_checked()
    await page.get_by_label("Address").fill("https://hooks.example.com/")
    await page.get_by_role("checkbox", name="call.ended").uncheck()
    await page.get_by_role("button", name="Create endpoint").click()
    await expect(page.get_by_role("group", name="Events")).to_have_accessible_description(re.compile("at least one"))


async def test_an_endpoint_is_changed(webhooks: Webhooks, receiver: Receiver) -> None:
    page = webhooks.page
    await webhooks.create(receiver.url)
    await page.get_by_role("link", name="Settings").last.click()
    await expect(page.get_by_role("checkbox", name="call.ended")).to_be_checked()
    await expect(page.get_by_role("checkbox", name="call.started")).not_to_be_checked()
    await page.get_by_label("Description").fill("")
    await page.get_by_role("checkbox", name="call.ended").uncheck()
    await page.get_by_role("button", name="Save").click()
    await webhooks.sees_heading(f"127.0.0.1:{receiver.port}")
    await expect(page.get_by_text("call.ended")).to_be_hidden()


async def test_a_new_secret_is_seen_once_and_the_old_one_signs_on(webhooks: Webhooks, receiver: Receiver) -> None:
    page = webhooks.page
    old = await webhooks.create(receiver.url)
    await page.get_by_role("link", name="New secret").click()
    await page.get_by_label("The old secret ends").select_option("In an hour")
    await page.get_by_role("button", name="Make a new secret").click()
    await webhooks.sees_heading("Copy the new secret")
    new = await webhooks.secret()
    await page.get_by_role("link", name="I have copied it").click()
    await expect(page.get_by_text("The one before signs too")).to_be_visible()
    await page.get_by_role("button", name="Send a test").click()
    await expect(webhooks.delivery().get_by_text("Delivered")).to_be_visible()
    assert new != old
    for secret in (new, old):
        receiver.got[0].verified(secret)


async def test_an_endpoint_that_is_gone_shows_as_disabled_and_is_enabled(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    """The open page says so by itself."""
    receiver.answer = lambda _: Answer(410)
    page = webhooks.page
    await webhooks.create(receiver.url)
    await page.get_by_role("button", name="Send a test").click()
    await expect(page.get_by_role("heading", name="Nothing is sent here")).to_be_visible()
    await expect(page.get_by_text("wants nothing more").first).to_be_visible()
    receiver.answer = lambda _: Answer()
    await page.get_by_role("button", name="Enable").click()
    await expect(page.get_by_role("heading", name="Nothing is sent here")).to_be_hidden()
    await webhooks.delivery().locator("summary").click()
    await webhooks.delivery().get_by_role("button", name="Send again").click()
    await expect(webhooks.delivery().get_by_text("Delivered")).to_be_visible()


async def test_an_endpoint_is_disabled_after_a_question(webhooks: Webhooks, receiver: Receiver) -> None:
    page = webhooks.page
    await webhooks.create(receiver.url)
    await page.get_by_role("button", name="Disable").click()
    await page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    await expect(page.get_by_role("heading", name="Nothing is sent here")).to_be_visible()
    await page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Webhooks").click()
    await expect(page.get_by_text("Disabled", exact=True)).to_be_visible()


async def test_an_endpoint_is_deleted_after_a_page_that_asks(webhooks: Webhooks, receiver: Receiver) -> None:
    page = webhooks.page
    await webhooks.create(receiver.url)
    await page.get_by_role("link", name="Settings").last.click()
    await page.get_by_role("link", name="Delete endpoint").click()
    await webhooks.sees_heading("Delete this endpoint?")
    await page.get_by_role("button", name="Delete endpoint").click()
    await expect(page.get_by_text("is deleted")).to_be_visible()
    await expect(page.get_by_role("heading", name="Tell your own programs")).to_be_visible()


async def test_it_works_without_javascript(
    browsing: Browsing, server: RunningServer, owner: Person, receiver: Receiver
) -> None:
    """Disabling asks no question then."""
    host = Webhooks(await browsing.new_page(java_script_enabled=False), server.url)
    await host.open(owner)
    await host.create(receiver.url)
    await host.page.get_by_role("button", name="Send a test").click()
    receiver.wait_for(1)
    await host.page.reload()
    await expect(host.delivery().get_by_text("webhook_endpoint.tested").first).to_be_visible()
    await host.page.get_by_role("button", name="Disable").click()
    await expect(host.page.get_by_role("heading", name="Nothing is sent here")).to_be_visible()
