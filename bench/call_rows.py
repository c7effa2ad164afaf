"""The rows of `make bench-signalling`: so many hosts, each with a workspace, an interview and an invitee."""

import psycopg

LINK_VERSION = 1

_SEED = """
INSERT INTO "User" ("id", "clerkUserId", "email", "name")
SELECT 'cu' || lpad(n::text, 23, '0'), 'local_cu' || lpad(n::text, 23, '0'), 'host' || n || '@example.com', 'Host ' || n
FROM generate_series(1, %(rooms)s) n;
INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId")
SELECT 'cw' || lpad(n::text, 23, '0'), 'Workspace ' || n, 'Organization ' || n, 'cu' || lpad(n::text, 23, '0')
FROM generate_series(1, %(rooms)s) n;
INSERT INTO "Interview" ("id", "workspaceId", "title", "mode")
SELECT 'ci' || lpad(n::text, 23, '0'), 'cw' || lpad(n::text, 23, '0'), 'Interview ' || n, 'video'
FROM generate_series(1, %(rooms)s) n;
INSERT INTO "InterviewInvitee" ("id", "interviewId", "email", "name", "status", "linkVersion",
    "linkExpiresAt", "sentAt")
SELECT 'cv' || lpad(n::text, 23, '0'), 'ci' || lpad(n::text, 23, '0'), 'invitee' || n || '@example.com',
    'Invitee ' || n, 'accepted', %(version)s, CURRENT_TIMESTAMP + interval '1 day', CURRENT_TIMESTAMP
FROM generate_series(1, %(rooms)s) n;
"""


def seed_rooms(url: str, rooms: int) -> None:
    """Hosts, workspaces, interviews and invitees 1 to `rooms`; their ids are those of `bench.rows`."""
    with psycopg.ClientCursor(psycopg.connect(url, autocommit=True)) as cursor:
        cursor.execute(_SEED, {"rooms": rooms, "version": LINK_VERSION})
        cursor.connection.close()
