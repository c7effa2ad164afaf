"""Mails of invitations through a real worker and a real mail server: sent, refused, and never lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.acting import bodies, link_in
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.people import interview_path, invitee_path
from tests.server import RunningServer, until
from tests.smtp import SmtpStandIn


@pytest.fixture
def outgoing() -> Iterator[SmtpStandIn]:
    """A mail server of this test alone."""
    with SmtpStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def server(database_url: str, outgoing: SmtpStandIn, tmp_path: Path) -> Iterator[RunningServer]:
    """A server without a worker: the test starts one when it wants mails to go out."""
    values = {"DATABASE_URL": database_url, "SMTP_URL": outgoing.url}
    with RunningServer(tmp_path, values, options=("--no-worker",)) as running:
        yield running


@pytest.fixture
def api(server: RunningServer, database_url: str) -> Iterator[HostApi]:
    with HostApi(server, add_person(server, database_url, "Hanna")) as host:
        yield host


def test_an_invitation_is_sent_once_it_is_handed_over(
    server: RunningServer, api: HostApi, outgoing: SmtpStandIn
) -> None:
    """`sentAt` is not there before, and is there after the mail server took the mail."""
    interview = api.create_interview()
    invitee = api.invite(interview)
    assert "sentAt" not in invitee
    server.start_worker()
    [mail] = outgoing.wait_for(1)
    assert mail["To"] == "ines@example.com"
    assert link_in(bodies(mail)[0]) == invitee["link"]
    assert api.wait_for(interview, invitee, "sentAt")["status"] == "pending"


def test_a_temporary_refusal_is_shown_and_tried_again(
    server: RunningServer, api: HostApi, outgoing: SmtpStandIn
) -> None:
    """The host reads what the mail server said; the next try sends the mail and clears it."""
    outgoing.refuse(451, "4.7.1 Greylisted, come back later")
    server.start_worker()
    interview = api.create_interview()
    invitee = api.invite(interview)
    waiting = api.wait_for(interview, invitee, "deliveryProblem")
    assert "Greylisted" in waiting["deliveryProblem"]
    assert "bouncedAt" not in waiting
    assert "sentAt" not in waiting
    outgoing.accept()
    sent = api.wait_for(interview, invitee, "sentAt")
    assert "deliveryProblem" not in sent
    assert len(outgoing.messages) == 1


def test_a_permanent_refusal_bounces_until_it_is_sent_again(
    server: RunningServer, api: HostApi, outgoing: SmtpStandIn
) -> None:
    """It is shown as bounced, and sending again after the fix sends it and clears that."""
    outgoing.refuse(550, "5.1.1 No such user")
    server.start_worker()
    interview = api.create_interview()
    invitee = api.invite(interview)
    bounced = api.wait_for(interview, invitee, "bouncedAt")
    assert "No such user" in bounced["deliveryProblem"]
    assert "sentAt" not in bounced
    outgoing.accept()
    api.invite_again(interview, invitee)
    sent = api.wait_for(interview, invitee, "sentAt")
    assert "bouncedAt" not in sent
    assert "deliveryProblem" not in sent
    assert len(outgoing.messages) == 1


def test_nothing_is_sent_to_whoever_was_revoked_before(
    server: RunningServer, api: HostApi, outgoing: SmtpStandIn
) -> None:
    """The job that waits for a worker finds that the link does not work any more."""
    interview = api.create_interview()
    revoked = api.invite(interview, "revoked@example.com")
    api.request("DELETE", invitee_path(interview, revoked))
    later = api.invite(interview, "later@example.com")
    server.start_worker()
    api.wait_for(interview, later, "sentAt")
    assert [mail["To"] for mail in outgoing.messages] == ["later@example.com"]
    assert "sentAt" not in api.invitee(interview, revoked)


def test_a_mail_for_a_deleted_interview_is_not_sent(server: RunningServer, api: HostApi, outgoing: SmtpStandIn) -> None:
    """Deleting takes the invitation along, and the job has nothing to send."""
    gone = api.create_interview()
    api.invite(gone, "gone@example.com")
    api.request("DELETE", interview_path(gone))
    kept = api.create_interview()
    invitee = api.invite(kept, "kept@example.com")
    server.start_worker()
    api.wait_for(kept, invitee, "sentAt")
    assert [mail["To"] for mail in outgoing.messages] == ["kept@example.com"]


def test_the_server_starts_its_worker_again_when_it_is_killed(
    database_url: str, outgoing: SmtpStandIn, tmp_path: Path
) -> None:
    """Mails go out through the worker of `serve`, and through the next one after a kill -9."""
    with (
        RunningServer(tmp_path, {"DATABASE_URL": database_url, "SMTP_URL": outgoing.url}) as server,
        HostApi(server, add_person(server, database_url, "Hanna")) as api,
    ):
        interview = api.create_interview()
        api.wait_for(interview, api.invite(interview, "first@example.com"), "sentAt")
        [worker] = server.workers()
        worker.kill()
        until(lambda: [one for one in server.workers() if one.pid != worker.pid], "another worker runs")
        api.wait_for(interview, api.invite(interview, "second@example.com"), "sentAt")
        assert len(outgoing.messages) == 2
