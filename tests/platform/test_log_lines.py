"""The last lock on a line of the log: what a library repeats of values is not in it."""

import psycopg
import pytest

from qwalo.platform import logging


def line_of(text: str) -> str:
    return logging._without_secrets(None, "", text)


def test_the_values_in_a_database_error_are_left_out(conn: psycopg.Connection) -> None:
    """PostgreSQL says which row it was, with everything in it."""
    insert = """INSERT INTO "User" ("id", "clerkUserId", "email") VALUES (%s, 'local_1', 'ann.person@example.com')"""
    conn.execute(insert, ("u1",))
    with pytest.raises(psycopg.errors.UniqueViolation) as raised:
        conn.execute(insert, ("u2",))
    as_text, as_json = str(raised.value), str(raised.value).replace("\n", "\\n")
    assert "local_1" in as_text
    for text in (as_text, as_json, f'{{"exception": "{as_json}", "level": "error"}}'):
        assert "local_1" not in line_of(text)
    assert line_of(f'{{"exception": "{as_json}", "level": "error"}}').endswith('"level": "error"}')


@pytest.mark.parametrize(
    "secret", ["qwk_0123456789abcdef", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "/memberships/abcdefghijkl"]
)
def test_tokens_are_left_out_wherever_they_stand(secret: str) -> None:
    assert secret not in line_of(f"something said {secret} about it")
