"""kill -9 of the worker at any moment: no mail is lost, and hardly one is sent twice."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import smtp
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.server import RunningServer, until
from tests.smtp import SmtpStandIn

MAILS = 40
KILLS = 4
# A worker takes 8 mails at once; this keeps all of them in flight at nearly every moment.
LONGEST_DATA_SECONDS = 0.8
# A killed worker's jobs are picked up after 10 s without a heartbeat, and the last kill may be over the last mails.
PATIENCE_SECONDS = 60
SEED = 2026


@pytest.fixture
def moments() -> random.Random:
    return random.Random(SEED)


@pytest.fixture
def slow(moments: random.Random, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpStandIn]:
    """A mail server that takes each mail after a while of its own."""
    take = smtp._Handler.handle_DATA

    async def take_late(handler: smtp._Handler, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(moments.uniform(0, LONGEST_DATA_SECONDS))
        return await take(handler, server, session, envelope)

    monkeypatch.setattr(smtp._Handler, "handle_DATA", take_late)
    with SmtpStandIn() as stand_in:
        yield stand_in


def test_killing_the_worker_loses_no_mail(
    database_url: str, slow: SmtpStandIn, moments: random.Random, tmp_path: Path
) -> None:
    """All arrive, and no more than one a kill comes twice, with the same Message-ID."""
    with (
        RunningServer(
            tmp_path, {"DATABASE_URL": database_url, "SMTP_URL": slow.url}, options=("--no-worker",)
        ) as server,
        HostApi(server, add_person(server, database_url, "Hanna")) as api,
    ):
        interview = api.create_interview()
        for number in range(MAILS):
            api.invite(interview, f"client-{number}@example.com")
        for _ in range(KILLS):
            worker = server.start_worker()
            # In the middle of sending, and then at any moment.
            slow.wait_for(len(slow.messages) + moments.randint(1, 5), PATIENCE_SECONDS)
            time.sleep(moments.uniform(0, 0.2))
            worker.kill()
            worker.wait()
        server.start_worker()
        until(lambda: all("sentAt" in one for one in api.invitees(interview)), "every mail is sent", PATIENCE_SECONDS)
    times_sent = Counter((mail["To"], mail["Message-ID"]) for mail in slow.messages)
    assert len(times_sent) == MAILS, "one Message-ID for each address"
    assert len(slow.messages) <= MAILS + KILLS
