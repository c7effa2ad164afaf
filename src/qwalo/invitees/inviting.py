"""Inviting somebody: the invitee, the invitation and the job of its mail are stored together, or not at all."""

from collections.abc import Sequence

import msgspec

from qwalo.identity.models import Viewer
from qwalo.invitees import additions
from qwalo.invitees.additions import Addition, Refusal
from qwalo.invitees.errors import InviteeAlreadyInvited
from qwalo.invitees.links import LIFETIME, Links
from qwalo.invitees.models import Invitee
from qwalo.invitees.schemas import CreateInvitee
from qwalo.platform.clock import now
from qwalo.platform.db.batches import Batches
from qwalo.platform.db.pool import Database
from qwalo.platform.ids import cuid
from qwalo.workspaces.errors import InterviewNotFound

FIRST_VERSION = 1


class Inviting:
    """The use case of one process. Those who invite at the same moment share a transaction (docs/decisions/0009)."""

    def __init__(self, db: Database, links: Links) -> None:
        self._db = db
        self._links = links
        self._batches = Batches(self._insert)

    async def invite(self, viewer: Viewer, workspace_id: str, interview_id: str, data: CreateInvitee) -> Invitee:
        """Store the invitee; the mail with the link goes out once that is committed.

        Raises:
            InterviewNotFound: the viewer has no such interview.
            InviteeAlreadyInvited: the address has an invitation to it.
        """
        invitee_id = cuid()
        link = self._links.link(invitee_id, FIRST_VERSION)
        outcome = await self._batches.submit(
            Addition(
                viewer_id=viewer.id,
                workspace_id=workspace_id,
                interview_id=interview_id,
                invitee_id=invitee_id,
                invitation_id=cuid(),
                email=data.email,
                name=data.name,
                token_hash=link.token_hash,
            )
        )
        match outcome:
            case Refusal.NO_SUCH_INTERVIEW:
                raise InterviewNotFound
            case Refusal.ALREADY_INVITED:
                raise InviteeAlreadyInvited(data.email)
            case Invitee():
                return msgspec.structs.replace(outcome, link=link.url)

    async def _insert(self, batch: Sequence[Addition]) -> list[Invitee | Refusal]:
        # One statement, so it needs no transaction around it.
        async with self._db.connection() as conn:
            return await additions.insert_invitees(conn, batch, FIRST_VERSION, now() + LIFETIME)
