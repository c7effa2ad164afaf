"""What each route of a workspace asks of a role. Looking is for every role unless it is named here."""

from qwalo.workspaces.roles import Action
from tests.contracts.routes import HP, TENANT, C, H, I, K, M, Route, V, W

D = "/dashboard"
_HOLD = Action.HOLD
_MANAGE = Action.MANAGE
_OWN = Action.OWN

NEEDS: dict[Route, Action] = {
    ("PATCH", W): _MANAGE,
    ("DELETE", W): _OWN,
    ("POST", f"{W}/interviews"): _HOLD,
    ("PATCH", I): _HOLD,
    ("DELETE", I): _HOLD,
    ("POST", f"{I}/invitees"): _HOLD,
    ("PATCH", V): _HOLD,
    ("DELETE", V): _HOLD,
    ("POST", f"{V}/invitations"): _HOLD,
    ("POST", f"{W}/members"): _MANAGE,
    ("PATCH", M): _MANAGE,
    ("DELETE", M): _MANAGE,
    ("POST", f"{M}/invitations"): _MANAGE,
    ("POST", f"{W}/ownership-transfers"): _OWN,
    ("GET", f"{W}/webhook-endpoints"): _MANAGE,
    ("POST", f"{W}/webhook-endpoints"): _MANAGE,
    ("GET", H): _MANAGE,
    ("PATCH", H): _MANAGE,
    ("DELETE", H): _MANAGE,
    ("POST", f"{H}/secret-rotations"): _MANAGE,
    ("POST", f"{H}/tests"): _MANAGE,
    ("GET", f"{H}/deliveries"): _MANAGE,
    ("POST", f"{H}/deliveries/{{delivery_id}}/attempts"): _MANAGE,
    ("GET", f"{W}/api-keys"): _MANAGE,
    ("POST", f"{W}/api-keys"): _MANAGE,
    ("GET", K): _MANAGE,
    ("DELETE", K): _MANAGE,
    ("GET", f"{W}/audit-events"): _MANAGE,
    ("GET", f"{W}/audit-events.csv"): _MANAGE,
    # The same as pages.
    ("GET", f"{D}{W}/settings"): _MANAGE,
    ("POST", f"{D}{W}/settings"): _MANAGE,
    ("GET", f"{D}{W}/deletion"): _OWN,
    ("POST", f"{D}{W}/deletion"): _OWN,
    ("GET", f"{D}{W}/interviews/new"): _HOLD,
    ("POST", f"{D}{W}/interviews/new"): _HOLD,
    ("GET", f"{D}{I}/settings"): _HOLD,
    ("POST", f"{D}{I}/settings"): _HOLD,
    ("GET", f"{D}{I}/deletion"): _HOLD,
    ("POST", f"{D}{I}/deletion"): _HOLD,
    ("POST", f"{D}{I}/invitees"): _HOLD,
    ("POST", f"{D}{V}/invitations"): _HOLD,
    ("POST", f"{D}{V}/completion"): _HOLD,
    ("POST", f"{D}{V}/revocation"): _HOLD,
    ("POST", f"{D}{V}/admission"): _HOLD,
    ("POST", f"{D}{W}/members"): _MANAGE,
    ("GET", f"{D}{M}/role"): _MANAGE,
    ("POST", f"{D}{M}/role"): _MANAGE,
    ("POST", f"{D}{M}/invitations"): _MANAGE,
    ("GET", f"{D}{M}/removal"): _MANAGE,
    ("POST", f"{D}{M}/removal"): _MANAGE,
    ("GET", f"{D}{W}/ownership-transfers"): _OWN,
    ("POST", f"{D}{W}/ownership-transfers"): _OWN,
    ("GET", f"{D}{W}/webhooks"): _MANAGE,
    ("GET", f"{D}{W}/webhooks/new"): _MANAGE,
    ("POST", f"{D}{W}/webhooks/new"): _MANAGE,
    ("GET", HP): _MANAGE,
    ("GET", f"{HP}/live"): _MANAGE,
    ("GET", f"{HP}/settings"): _MANAGE,
    ("POST", f"{HP}/settings"): _MANAGE,
    ("POST", f"{HP}/state"): _MANAGE,
    ("GET", f"{HP}/rotation"): _MANAGE,
    ("POST", f"{HP}/rotation"): _MANAGE,
    ("POST", f"{HP}/tests"): _MANAGE,
    ("POST", f"{HP}/deliveries/{{delivery_id}}/attempts"): _MANAGE,
    ("GET", f"{HP}/deletion"): _MANAGE,
    ("POST", f"{HP}/deletion"): _MANAGE,
    ("GET", f"{D}{W}/api-keys"): _MANAGE,
    ("POST", f"{D}{W}/api-keys"): _MANAGE,
    ("GET", f"{D}{K}/revocation"): _MANAGE,
    ("POST", f"{D}{K}/revocation"): _MANAGE,
    ("GET", f"{D}{W}/audit-log"): _MANAGE,
}

# What every role may see.
READ: frozenset[Route] = frozenset(
    {
        ("GET", W),
        ("GET", f"{W}/interviews"),
        ("GET", I),
        ("GET", f"{I}/invitees"),
        ("GET", V),
        ("GET", f"{I}/calls"),
        ("GET", C),
        ("GET", f"{W}/members"),
        ("GET", M),
        ("GET", f"{D}{W}"),
        ("GET", f"{D}{W}/live"),
        ("GET", f"{D}{I}"),
        ("GET", f"{D}{I}/live"),
        ("GET", f"{D}{I}/calls"),
        ("GET", f"{D}{C}"),
        # Who may not hold a call is led to where it is watched.
        ("GET", f"{D}{V}/call"),
        ("GET", f"{D}{W}/members"),
        ("GET", f"{D}{W}/members/live"),
    }
)

# A person's own, and no workspace's.
ELSEWHERE: frozenset[Route] = frozenset({("GET", f"{D}/mailbox/{{key}}")})


def table() -> dict[Route, Action]:
    return NEEDS | dict.fromkeys(READ, Action.READ)


ROUTES = TENANT.keys() - ELSEWHERE
