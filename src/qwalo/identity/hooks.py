"""What Clerk tells us: its signed webhooks."""

from typing import Any

from litestar import Controller, Request, post

from qwalo.identity.clerk.events import ClerkWebhooks, InvalidWebhook
from qwalo.identity.syncing import Organizations, apply_clerk_event
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import problems
from qwalo.platform.http.marks import LIMIT, PUBLIC
from qwalo.platform.http.problems import RequestTooLarge, Unavailable
from qwalo.platform.http.rate_limits import HOOK


class ClerkHookController(Controller):
    path = "/hooks/clerk"
    opt = {PUBLIC: True, LIMIT: (HOOK,)}  # noqa: RUF012 - Litestar's attribute
    tags = ("Hooks",)

    db: Database
    clerk_webhooks: ClerkWebhooks
    organizations: Organizations

    @post(
        summary="Take an event of Clerk about a person or an organization",
        description="Signed by Clerk (Svix); the same event twice, or late, changes nothing.",
        status_code=204,
        responses=problems(InvalidWebhook, RequestTooLarge, Unavailable),
    )
    async def take(self, request: Request[Any, Any, Any]) -> None:
        event = self.clerk_webhooks.read(request.headers, await request.body())
        async with self.db.transaction() as conn:
            await apply_clerk_event(conn, event)
            await self.organizations.apply_clerk_event(conn, event)
