"""Who may do what in a workspace: the one table that every service asks, by `access.allow`."""

from enum import Enum
from typing import Literal

Role = Literal["owner", "admin", "member", "observer"]

# From the most that somebody may do to the least.
ROLES: tuple[Role, ...] = ("owner", "admin", "member", "observer")


class Action(Enum):
    """What can be done, as a person would say it: "you may not <value>"."""

    READ = "see this workspace"
    WATCH = "watch its calls"
    HOLD = "change interviews, invite people or hold calls"
    MANAGE = "manage its members, settings, API keys and webhooks, or read its audit log"
    OWN = "delete this workspace or pass it on"


_MAY: dict[Action, str] = {
    #               owner admin member observer
    Action.READ: "   x     x     x      x",
    Action.WATCH: "  x     x     x      x",
    Action.HOLD: "   x     x     x      -",
    Action.MANAGE: " x     x     -      -",
    Action.OWN: "    x     -     -      -",
}

ALLOWED: dict[Action, frozenset[Role]] = {
    action: frozenset(role for role, mark in zip(ROLES, marks.split(), strict=True) if mark == "x")
    for action, marks in _MAY.items()
}


def may(role: Role, action: Action) -> bool:
    return role in ALLOWED[action]


def may_by_name(role: Role, action: str) -> bool:
    """The same for templates: `may(role, 'HOLD')`."""
    return may(role, Action[action])


def is_lower(role: Role, than: str) -> bool:
    return than in ROLES and ROLES.index(role) > ROLES.index(than)


def roles_that_may(action: Action) -> list[Role]:
    """For SQL: `m."role"::text = ANY($n)`."""
    return [role for role in ROLES if may(role, action)]
