"""Inviting somebody: the invitee, the invitation and the job of its mail are stored together, or not at all."""

from collections.abc import Sequence

import msgspec

from qwalo.identity.models import Viewer
from qwalo.invitees import additions
from qwalo.invitees.additions import Addition, Outcome, Refusal, RoleTooLow
from qwalo.invitees.errors import InviteeAlreadyInvited
from qwalo.invitees.links import LIFETIME, Links
from qwalo.invitees.models import Invitee
from qwalo.invitees.schemas import CreateInvitee
from qwalo.platform.clock import now
from qwalo.platform.db.batches import Batches
from qwalo.platform.db.pool import Database
from qwalo.platform.http.origin import current_origin
from qwalo.platform.ids import cuid
from qwalo.workspaces.access import refusal
from qwalo.workspaces.errors import InterviewNotFound
from qwalo.workspaces.roles import Action

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
            NotAllowed: the viewer's role does not go so far.
            InviteeAlreadyInvited: the address has an invitation to it.
        """
        invitee_id = cuid()
        origin = current_origin()
        link = self._links.link(invitee_id, FIRST_VERSION)
        outcome = await self._submit(
            Addition(
                viewer_id=viewer.id,
                viewer_kind=viewer.kind,
                workspace_id=workspace_id,
                interview_id=interview_id,
                invitee_id=invitee_id,
                invitation_id=cuid(),
                email=data.email,
                name=data.name,
                token_hash=link.token_hash,
                event_id=cuid(),
                address=origin.address,
                request_id=origin.request_id,
            )
        )
        match outcome:
            case Refusal.NO_SUCH_INTERVIEW:
                raise InterviewNotFound
            case Refusal.ALREADY_INVITED:
                raise InviteeAlreadyInvited(data.email)
            case RoleTooLow(role):
                raise refusal(viewer.kind, role, Action.HOLD)
            case Invitee():
                return msgspec.structs.replace(outcome, link=link.url)

    async def _submit(self, addition: Addition) -> Outcome:
        if self._db.is_shared:
            # What is stored with it must commit with it, so it goes with nobody else.
            (outcome,) = await self._insert([addition])
            return outcome
        return await self._batches.submit(addition)

    async def _insert(self, batch: Sequence[Addition]) -> list[Outcome]:
        # One statement, so it needs no transaction around it.
        async with self._db.connection() as conn:
            return await additions.insert_invitees(conn, batch, FIRST_VERSION, now() + LIFETIME)
