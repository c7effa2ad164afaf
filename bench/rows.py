"""The rows that every run measures on: 200 users x 20 workspaces x 20 interviews x 5 invitees, always the same."""

import psycopg

USERS, WORKSPACES, INTERVIEWS, INVITEES = 200, 20, 20, 5

_SEED = f"""
SET LOCAL session_replication_role = replica; -- no triggers, no foreign key checks: the rows fit by construction
INSERT INTO "User" ("id", "clerkUserId", "email", "name", "createdAt", "updatedAt")
SELECT 'cu' || lpad(n::text, 23, '0'), 'user_' || lpad(n::text, 27, '0'), 'user' || n || '@example.com', 'User ' || n,
    t, t
FROM generate_series(1, {USERS}) n, LATERAL (SELECT timestamp '2026-01-01' + n * interval '1 minute' t) at;
INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId", "createdAt", "updatedAt")
SELECT 'cw' || lpad(n::text, 23, '0'), 'Workspace ' || n, 'Organization ' || (n - 1) / {WORKSPACES} + 1,
    'cu' || lpad(((n - 1) / {WORKSPACES} + 1)::text, 23, '0'), t, t
FROM generate_series(1, {USERS * WORKSPACES}) n,
    LATERAL (SELECT timestamp '2026-02-01' + n * interval '1 minute' t) at;
INSERT INTO "Interview" ("id", "workspaceId", "title", "mode", "createdAt", "updatedAt")
SELECT 'ci' || lpad(n::text, 23, '0'), 'cw' || lpad(((n - 1) / {INTERVIEWS} + 1)::text, 23, '0'), 'Interview ' || n,
    (CASE WHEN n % 2 = 0 THEN 'voice' ELSE 'video' END)::"InterviewMode", t, t
FROM generate_series(1, {USERS * WORKSPACES * INTERVIEWS}) n,
    LATERAL (SELECT timestamp '2026-03-01' + n * interval '1 second' t) at;
INSERT INTO "InterviewInvitee" ("id", "interviewId", "email", "name", "status", "sentAt", "createdAt", "updatedAt")
SELECT 'cv' || lpad(n::text, 23, '0'), 'ci' || lpad(((n - 1) / {INVITEES} + 1)::text, 23, '0'),
    'invitee' || n || '@example.com', 'Invitee ' || n,
    (ARRAY['pending', 'accepted', 'completed'])[n % 3 + 1]::"InviteeStatus", t, t, t
FROM generate_series(1, {USERS * WORKSPACES * INTERVIEWS * INVITEES}) n,
    LATERAL (SELECT timestamp '2026-04-01' + n * interval '1 second' t) at;
"""


def user_id(number: int) -> str:
    return f"cu{number:023d}"


def clerk_user_id(number: int) -> str:
    return f"user_{number:027d}"


def workspace_id(number: int) -> str:
    """Workspaces 1 to 20 are those of user 1, and so on."""
    return f"cw{number:023d}"


def interview_id(number: int) -> str:
    return f"ci{number:023d}"


def invitee_id(number: int) -> str:
    return f"cv{number:023d}"


def seed(url: str) -> None:
    """Put the rows into an empty database with the mission's tables."""
    with psycopg.connect(url, autocommit=True) as conn:
        with conn.transaction():
            conn.execute(_SEED)
        for table in ("User", "Workspace", "Interview", "InterviewInvitee"):
            conn.execute(f'VACUUM ANALYZE "{table}"')
