"""Every route of the application, with what each kind of person is answered: a route that is not here fails a test.

`owner` asks for what is theirs, `other` has an account and asks for the owner's, `nobody` has no credential.
"""

from typing import NamedTuple


class Answers(NamedTuple):
    owner: int
    other: int
    nobody: int


Route = tuple[str, str]

W = "/workspaces/{workspace_id}"
I = f"{W}/interviews/{{interview_id}}"  # noqa: E741 - as in the table of the design
V = f"{I}/invitees/{{invitee_id}}"
C = f"{I}/calls/{{call_id}}"

# Below somebody's workspace: for everybody else it does not exist.
API: dict[Route, Answers] = {
    ("GET", W): Answers(200, 404, 401),
    ("PATCH", W): Answers(200, 404, 401),
    ("DELETE", W): Answers(204, 404, 401),
    ("GET", f"{W}/interviews"): Answers(200, 404, 401),
    ("POST", f"{W}/interviews"): Answers(201, 404, 401),
    ("GET", I): Answers(200, 404, 401),
    ("PATCH", I): Answers(200, 404, 401),
    ("DELETE", I): Answers(204, 404, 401),
    ("GET", f"{I}/invitees"): Answers(200, 404, 401),
    ("POST", f"{I}/invitees"): Answers(201, 404, 401),
    ("GET", V): Answers(200, 404, 401),
    ("PATCH", V): Answers(200, 404, 401),
    ("DELETE", V): Answers(204, 404, 401),
    ("POST", f"{V}/invitations"): Answers(201, 404, 401),
    ("GET", f"{I}/calls"): Answers(200, 404, 401),
    ("GET", C): Answers(200, 404, 401),
}

# The same as pages. 303 is the way on after a form, and to /sign-in for nobody.
PAGES: dict[Route, Answers] = {
    ("GET", f"/dashboard{W}"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/live"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/settings"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/settings"): Answers(303, 404, 303),
    ("GET", f"/dashboard{W}/deletion"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/deletion"): Answers(303, 404, 303),
    ("GET", f"/dashboard{W}/interviews/new"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/interviews/new"): Answers(303, 404, 303),
    ("GET", f"/dashboard{I}"): Answers(200, 404, 303),
    ("GET", f"/dashboard{I}/live"): Answers(200, 404, 303),
    ("GET", f"/dashboard{I}/settings"): Answers(200, 404, 303),
    ("POST", f"/dashboard{I}/settings"): Answers(303, 404, 303),
    ("GET", f"/dashboard{I}/deletion"): Answers(200, 404, 303),
    ("POST", f"/dashboard{I}/deletion"): Answers(303, 404, 303),
    ("POST", f"/dashboard{I}/invitees"): Answers(303, 404, 303),
    ("POST", f"/dashboard{V}/invitations"): Answers(303, 404, 303),
    ("POST", f"/dashboard{V}/completion"): Answers(303, 404, 303),
    ("POST", f"/dashboard{V}/revocation"): Answers(303, 404, 303),
    ("GET", f"/dashboard{I}/calls"): Answers(200, 404, 303),
    ("GET", f"/dashboard{C}"): Answers(200, 404, 303),
    ("GET", f"/dashboard{V}/call"): Answers(200, 404, 303),
    ("POST", f"/dashboard{V}/admission"): Answers(303, 404, 303),
    ("GET", "/dashboard/mailbox/{key}"): Answers(200, 404, 303),
}

# Each person's own: the other gets theirs.
OWN: dict[Route, Answers] = {
    ("GET", "/me"): Answers(200, 200, 401),
    ("GET", "/workspaces"): Answers(200, 200, 401),
    ("POST", "/workspaces"): Answers(201, 201, 401),
    ("GET", "/dashboard"): Answers(200, 200, 303),
    ("GET", "/dashboard/live"): Answers(200, 200, 303),
    ("GET", "/dashboard/waiting"): Answers(200, 200, 303),
    ("GET", "/dashboard/workspaces/new"): Answers(200, 200, 303),
    ("POST", "/dashboard/workspaces/new"): Answers(303, 303, 303),
    ("GET", "/dashboard/mailbox"): Answers(200, 200, 303),
    ("POST", "/sign-out"): Answers(303, 303, 303),
    # A redirect to the page of the interview, which then is not there for the other.
    ("GET", f"/dashboard{I}/invitees"): Answers(303, 303, 303),
    # An unknown token, and a room that the host has let nobody watch, are there for nobody.
    ("GET", "/observe/{token}"): Answers(404, 404, 303),
    ("POST", "/observe/{token}"): Answers(404, 404, 303),
    ("GET", "/observations/{invitee_id}"): Answers(404, 404, 303),
    # The framework's routes, of which nothing is served.
    ("GET", "/docs/framework"): Answers(404, 404, 401),
    ("GET", "/docs/framework/openapi.json"): Answers(404, 404, 401),
    ("GET", "/docs/framework/{path}"): Answers(404, 404, 401),
}

# Open to everybody. An unknown token is 404 for all, and without the invitee's cookie there is no seat.
PUBLIC: dict[Route, Answers] = {
    ("GET", "/"): Answers(303, 303, 303),
    ("GET", "/docs"): Answers(200, 200, 200),
    ("GET", "/openapi.json"): Answers(200, 200, 200),
    ("GET", "/health/live"): Answers(200, 200, 200),
    ("GET", "/health/ready"): Answers(200, 200, 200),
    ("GET", "/sign-in"): Answers(200, 200, 200),
    ("POST", "/sign-in"): Answers(200, 200, 200),
    ("GET", "/sign-in/{token}"): Answers(404, 404, 404),
    ("POST", "/sign-in/{token}"): Answers(404, 404, 404),
    ("GET", "/i/{token}"): Answers(404, 404, 404),
    ("POST", "/i/{token}/acceptance"): Answers(404, 404, 404),
    ("GET", "/join/{invitee_id}"): Answers(404, 404, 404),
    ("GET", "/join/{invitee_id}/live"): Answers(404, 404, 404),
    ("GET", "/join/{invitee_id}/acceptance"): Answers(303, 303, 303),
    ("POST", "/join/{invitee_id}/acceptance"): Answers(404, 404, 404),
    ("GET", "/static/{version}/{file_path}"): Answers(200, 200, 200),
    ("HEAD", "/static/{version}/{file_path}"): Answers(200, 200, 200),
}

TENANT = API | PAGES
ALL = TENANT | OWN | PUBLIC

FORMS: dict[str, dict[str, str]] = {
    "/dashboard/workspaces/new": {"name": "Added", "organizationName": "Added"},
    f"/dashboard{W}/settings": {"name": "Changed", "organizationName": "Changed"},
    f"/dashboard{W}/interviews/new": {"title": "Added", "mode": "voice"},
    f"/dashboard{I}/settings": {"title": "Changed", "mode": "voice"},
    f"/dashboard{I}/invitees": {"email": "added@example.com"},
    "/sign-in": {"email": "stranger@example.com"},
}
