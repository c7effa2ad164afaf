"""The JSON API of a running server as a program of one host uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx

from tests.people import Person, interview_path, invitee_path
from tests.server import RunningServer, until


class HostApi:
    """`with HostApi(server, person) as api:`; answers are checked, so that a test fails where it went wrong."""

    def __init__(self, server: RunningServer, person: Person) -> None:
        self._client = httpx.Client(base_url=server.url, headers=person.headers, timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._client.request(method, path, json=body)

    def create_interview(self, title: str = "Why", mode: str = "video") -> dict[str, Any]:
        """In a workspace of its own."""
        workspace = self._made("/workspaces", {"name": "Research", "organizationName": "Acme"})
        return self.create_interview_in(workspace["id"], title, mode)

    def create_interview_in(self, workspace_id: str, title: str = "Why", mode: str = "video") -> dict[str, Any]:
        return self._made(f"/workspaces/{workspace_id}/interviews", {"title": title, "mode": mode})

    def rename(self, interview: dict[str, Any], title: str = "Another title") -> None:
        """A change of which open pages are told."""
        response = self.request("PATCH", interview_path(interview), {"title": title})
        assert response.status_code == 200, response.text

    def invite(
        self, interview: dict[str, Any], email: str = "ines@example.com", name: str | None = None
    ) -> dict[str, Any]:
        return self._made(f"{interview_path(interview)}/invitees", {"email": email} | ({"name": name} if name else {}))

    def invite_again(self, interview: dict[str, Any], invitee: dict[str, Any]) -> None:
        self._made(f"{invitee_path(interview, invitee)}/invitations", None)

    def invitee(self, interview: dict[str, Any], invitee: dict[str, Any]) -> dict[str, Any]:
        seen: dict[str, Any] = self._read(invitee_path(interview, invitee))
        return seen

    def invitees(self, interview: dict[str, Any]) -> list[dict[str, Any]]:
        invitees: list[dict[str, Any]] = self._read(f"{interview_path(interview)}/invitees?limit=100")
        return invitees

    def wait_for(
        self, interview: dict[str, Any], invitee: dict[str, Any], fact: str, seconds: float = 45
    ) -> dict[str, Any]:
        """The invitee, once it has the field `fact`; the first delay of a mail that is tried again is 15 s."""

        def found() -> dict[str, Any] | None:
            seen = self.invitee(interview, invitee)
            return seen if fact in seen else None

        return until(found, f"the invitee has {fact}", seconds) or {}

    @contextmanager
    def live(self, interview: dict[str, Any]) -> Iterator[Iterator[None]]:
        """The changes of the interview's page, as its events arrive; the first, which only says hello, is passed."""
        session = self._client.headers["authorization"]
        headers = {"Authorization": session, "Accept": "text/event-stream"}
        path = f"/dashboard{interview_path(interview)}/live"
        with self._client.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200
            changes = (None for line in response.iter_lines() if line.startswith("event: changed"))
            next(changes)
            yield changes

    def _made(self, path: str, body: Any) -> dict[str, Any]:
        response = self.request("POST", path, body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def _read(self, path: str) -> Any:
        response = self.request("GET", path)
        assert response.status_code == 200, response.text
        return response.json()
