"""Ids, times, tokens and cursors: the small things that the contract rests on."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwalo.platform import clock
from qwalo.platform.http.paging import PageRequest, page_of, page_request
from qwalo.platform.ids import cuid
from qwalo.platform.tokens import DerivedTokens, hash_token, looks_like_token
from qwalo.workspaces.models import Workspace


def test_an_id_has_the_shape_of_prismas() -> None:
    """`c` and 24 base36 characters, none of them twice the same."""
    made = [cuid() for _ in range(2000)]
    assert all(re.fullmatch(r"c[0-9a-z]{24}", one) for one in made)
    assert len(set(made)) == len(made)


def test_the_present_is_cut_to_milliseconds() -> None:
    """Cut and not rounded: it is never in the future."""
    moment = clock.now()
    assert moment <= datetime.now(UTC)
    assert moment.microsecond % 1000 == 0


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1000))
def test_a_time_is_written_as_javascript_does(moment: datetime) -> None:
    """With milliseconds and `Z`, also where they are zero."""
    written = clock.iso(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", written)
    assert datetime.fromisoformat(written) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_a_token_is_derived_from_all_that_it_stands_for() -> None:
    """Another key, purpose, id or version makes another token; the same ones the same."""
    tokens = DerivedTokens("k" * 32, "invite link")
    others = {
        tokens.token("a", 1),
        tokens.token("a", 2),
        tokens.token("b", 1),
        DerivedTokens("k" * 32, "sign-in link").token("a", 1),
        DerivedTokens("l" * 32, "invite link").token("a", 1),
    }
    assert len(others) == 5
    assert tokens.token("a", 1) in others
    assert all(looks_like_token(token) for token in others)
    assert hash_token(tokens.token("a", 1)) == hash_token(tokens.token("a", 1))


def workspaces(count: int) -> list[Workspace]:
    return [Workspace(f"c{n}", "W", "O", "u", "owner", f"2026-01-01T00:00:00.{n:03d}Z", "") for n in range(count)]


def test_a_cursor_leads_to_the_rows_after_the_last_one() -> None:
    """It stands for the time and the id of that row."""
    page = page_of(workspaces(3), PageRequest(limit=2))
    assert page.next_cursor is not None
    assert page_request(2, page.next_cursor) == PageRequest(2, "2026-01-01T00:00:00.001Z", "c1")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_last_page_has_no_cursor(count: int) -> None:
    """Also where it is full."""
    assert page_of(workspaces(count), PageRequest(limit=2)).next_cursor is None
