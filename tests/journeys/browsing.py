"""A browser that reports every complaint of a page."""

import asyncio
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, WebError

# Not a secure context, as 127.0.0.1 is one: what a browser makes of a plain address in the local network.
PLAIN_HOST = "qwalo.test"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
RESULTS = Path("test-results")
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`))"""
# Patience of everything that a person waits for. Two busy cores are slow at times.
PATIENCE_MS = 10_000

# A browser that does not close must fail a test, and not stop all of them.
CLOSE_SECONDS = 20


class Browsing:
    """Opens browser contexts, as so many people, and collects what their pages complain about.

    `pictures` says whether traces of failed tests have them; they take time from a page that shows video.
    """

    def __init__(self, browser: Browser, *, pictures: bool = True) -> None:
        self._browser = browser
        self._pictures = pictures
        self._contexts: list[BrowserContext] = []
        self._expected: list[re.Pattern[str]] = []
        self._complaints: list[str] = []

    async def new_page(self, **options: Any) -> Page:
        """A page in a context of its own: nothing is shared with the others. `options` are `new_context`'s."""
        return await self.new_page_in(self._browser, **options)

    async def new_page_in(self, browser: Browser, **options: Any) -> Page:
        """The same in another browser."""
        context = await browser.new_context(**options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        await context.tracing.start(screenshots=self._pictures, snapshots=True)
        await context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._note_message)
        context.on("weberror", self._note_error)
        return await context.new_page()

    def expect(self, pattern: str) -> None:
        """The test itself provokes what matches: an answer with an error status, for one."""
        self._expected.append(re.compile(pattern))

    def expect_status(self, *statuses: int) -> None:
        """Browser and htmx both complain of answers with these statuses."""
        for status in statuses:
            self.expect(rf"the server responded with a status of {status}|Response Status Error Code {status}")

    def complaints(self) -> list[str]:
        return [text for text in self._complaints if not any(pattern.search(text) for pattern in self._expected)]

    async def close(self, *, keep: Path | None) -> None:
        """Close every context; with `keep`, leave a trace and pictures of each in that folder."""
        for number, context in enumerate(self._contexts):
            if keep is not None:
                for index, page in enumerate(context.pages):
                    await page.screenshot(path=keep / f"{number}-{index}.png", full_page=True)
            await asyncio.wait_for(
                context.tracing.stop(path=keep / f"{number}-trace.zip" if keep else None), CLOSE_SECONDS
            )
            await asyncio.wait_for(context.close(), CLOSE_SECONDS)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _note_error(self, error: WebError) -> None:
        self._complaints.append(f"uncaught: {error.error}")
