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
M = f"{W}/members/{{member_id}}"
K = f"{W}/api-keys/{{api_key_id}}"
H = f"{W}/webhook-endpoints/{{endpoint_id}}"
HP = f"/dashboard{W}/webhooks/{{endpoint_id}}"

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
    ("GET", f"{W}/members"): Answers(200, 404, 401),
    ("POST", f"{W}/members"): Answers(201, 404, 401),
    ("GET", M): Answers(200, 404, 401),
    ("PATCH", M): Answers(200, 404, 401),
    ("DELETE", M): Answers(204, 404, 401),
    ("POST", f"{M}/invitations"): Answers(201, 404, 401),
    # The member of the example is nobody's.
    ("POST", f"{W}/ownership-transfers"): Answers(404, 404, 401),
    ("GET", f"{W}/webhook-endpoints"): Answers(200, 404, 401),
    ("POST", f"{W}/webhook-endpoints"): Answers(201, 404, 401),
    ("GET", H): Answers(200, 404, 401),
    ("PATCH", H): Answers(200, 404, 401),
    ("DELETE", H): Answers(204, 404, 401),
    ("POST", f"{H}/secret-rotations"): Answers(201, 404, 401),
    ("POST", f"{H}/tests"): Answers(202, 404, 401),
    ("GET", f"{H}/deliveries"): Answers(200, 404, 401),
    ("POST", f"{H}/deliveries/{{delivery_id}}/attempts"): Answers(202, 404, 401),
    ("GET", f"{W}/api-keys"): Answers(200, 404, 401),
    ("POST", f"{W}/api-keys"): Answers(201, 404, 401),
    ("GET", K): Answers(200, 404, 401),
    ("DELETE", K): Answers(204, 404, 401),
    ("GET", f"{W}/audit-events"): Answers(200, 404, 401),
    ("GET", f"{W}/audit-events.csv"): Answers(200, 404, 401),
}

# The same as pages. 303 is the way on after a form, and to /sign-in for nobody.
PAGES: dict[Route, Answers] = {
    ("GET", f"/dashboard{W}"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/live"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/settings"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/settings"): Answers(303, 404, 303),
    ("GET", f"/dashboard{W}/deletion"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/deletion"): Answers(303, 404, 303),
    ("GET", f"/dashboard{W}/audit-log"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/webhooks"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/webhooks/new"): Answers(200, 404, 303),
    # The answer shows the secret, so it is no redirect.
    ("POST", f"/dashboard{W}/webhooks/new"): Answers(200, 404, 303),
    ("GET", HP): Answers(200, 404, 303),
    ("GET", f"{HP}/live"): Answers(200, 404, 303),
    ("GET", f"{HP}/settings"): Answers(200, 404, 303),
    ("POST", f"{HP}/settings"): Answers(303, 404, 303),
    ("POST", f"{HP}/state"): Answers(303, 404, 303),
    ("GET", f"{HP}/rotation"): Answers(200, 404, 303),
    ("POST", f"{HP}/rotation"): Answers(200, 404, 303),
    ("POST", f"{HP}/tests"): Answers(303, 404, 303),
    ("POST", f"{HP}/deliveries/{{delivery_id}}/attempts"): Answers(303, 404, 303),
    ("GET", f"{HP}/deletion"): Answers(200, 404, 303),
    ("POST", f"{HP}/deletion"): Answers(303, 404, 303),
    ("GET", f"/dashboard{W}/api-keys"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/api-keys"): Answers(200, 404, 303),
    ("GET", f"/dashboard{K}/revocation"): Answers(200, 404, 303),
    ("POST", f"/dashboard{K}/revocation"): Answers(303, 404, 303),
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
    ("GET", f"/dashboard{W}/members"): Answers(200, 404, 303),
    ("GET", f"/dashboard{W}/members/live"): Answers(200, 404, 303),
    ("POST", f"/dashboard{W}/members"): Answers(303, 404, 303),
    ("GET", f"/dashboard{M}/role"): Answers(303, 404, 303),
    ("POST", f"/dashboard{M}/role"): Answers(303, 404, 303),
    ("POST", f"/dashboard{M}/invitations"): Answers(303, 404, 303),
    ("GET", f"/dashboard{M}/removal"): Answers(200, 404, 303),
    ("POST", f"/dashboard{M}/removal"): Answers(303, 404, 303),
    ("GET", f"/dashboard{W}/ownership-transfers"): Answers(200, 404, 303),
    # Nobody is chosen.
    ("POST", f"/dashboard{W}/ownership-transfers"): Answers(422, 404, 303),
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
    # Members of the workspace watch.
    ("GET", "/observations/{invitee_id}"): Answers(200, 404, 303),
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
    ("GET", "/memberships/{token}"): Answers(404, 404, 404),
    ("GET", "/memberships/{token}/acceptance"): Answers(303, 303, 303),
    ("POST", "/memberships/{token}/acceptance"): Answers(404, 404, 404),
    ("GET", "/join/{invitee_id}/live"): Answers(404, 404, 404),
    ("GET", "/join/{invitee_id}/acceptance"): Answers(303, 303, 303),
    ("POST", "/join/{invitee_id}/acceptance"): Answers(404, 404, 404),
    ("GET", "/static/{version}/{file_path}"): Answers(200, 200, 200),
    ("HEAD", "/static/{version}/{file_path}"): Answers(200, 200, 200),
}

# Where people sign in through Clerk: its webhook is signed, and the pages of organizations are asked by every role in
# tests/domains/organizations/test_sharing.py.
WITH_CLERK: frozenset[Route] = frozenset(
    {
        ("POST", "/hooks/clerk"),
        ("GET", f"/dashboard{W}/organization"),
        ("POST", f"/dashboard{W}/organization"),
        ("POST", f"/dashboard{W}/organization/removal"),
    }
)

TENANT = API | PAGES
ALL = TENANT | OWN | PUBLIC

FORMS: dict[str, dict[str, str]] = {
    "/dashboard/workspaces/new": {"name": "Added", "organizationName": "Added"},
    f"/dashboard{W}/settings": {"name": "Changed", "organizationName": "Changed"},
    f"/dashboard{W}/webhooks/new": {"url": "https://hooks.example.com/new", "events": "call.ended"},
    f"{HP}/settings": {"url": "https://hooks.example.com/changed", "events": "call.started"},
    f"/dashboard{W}/api-keys": {"name": "Added", "scope": "read", "expiry": "30"},
    f"/dashboard{W}/interviews/new": {"title": "Added", "mode": "voice"},
    f"/dashboard{I}/settings": {"title": "Changed", "mode": "voice"},
    f"/dashboard{I}/invitees": {"email": "added@example.com"},
    f"/dashboard{W}/members": {"email": "added@example.com", "role": "observer"},
    f"/dashboard{M}/role": {"role": "observer"},
    "/memberships/{token}/acceptance": {"name": "Stranger"},
    "/sign-in": {"email": "stranger@example.com"},
}
