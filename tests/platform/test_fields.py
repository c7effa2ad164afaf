"""Addresses: the short way for plain ones says what the library says."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from qwalo.platform.http.fields import normal_email

ATOM = st.text("abcXYZ019.+-_!#$%'*/=?^`{|}~ \"(),:;<>@[\\]é", min_size=1, max_size=12)
DOMAIN = st.text("abcXYZ019.-_@é ", min_size=1, max_size=16)


def by_library(value: str) -> str | None:
    try:
        found = validate_email(value.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


def ours(value: str) -> str | None:
    try:
        return normal_email(value)
    except ValueError:
        return None


@given(st.builds("{}@{}".format, ATOM, st.one_of(DOMAIN, DOMAIN.map("{}.com".format))))
@example("ana@example.com")
@example("a" * 64 + "@example.com")
@example("a" * 65 + "@example.com")
@example("a@" + "b" * 63 + ".com")
@example("a@" + "b" * 64 + ".com")
@example("a@" + "b." * 125 + "com")
@example("a@-b.com")
@example("a@b-.com")
@example("a@xn--bcher-kva.example")
@example("a@ab--c.com")
@example("a..b@example.com")
@example(".a@example.com")
@example("a@b.c1")
def test_an_address_is_what_the_library_says(value: str) -> None:
    """Taken or refused, and written the same."""
    assert ours(value) == by_library(value)


@pytest.mark.parametrize("value", [" Ana@Example.COM ", "ana@EXAMPLE.com"])
def test_an_address_is_trimmed_and_lower_cased(value: str) -> None:
    """So that one person is not invited twice."""
    assert normal_email(value) == "ana@example.com"
