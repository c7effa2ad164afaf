"""The clock of this machine, beside the database's and Clerk's: links, sessions and credentials expire by it."""

import asyncio
import time
from email.utils import parsedate_to_datetime

import httpx
import psycopg

from qwalo.doctor import repository
from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject
from qwalo.platform.db import revisions

CHECK = "clock"
SECONDS = 5.0
# Session tokens of Clerk live for a minute, and are taken a few seconds early or late.
TOO_MANY_SECONDS = 30.0
_ADVICE = "Let both machines keep their time by NTP: `timedatectl set-ntp true`."


async def check(subject: Subject) -> list[Finding]:
    findings = []
    if subject.url is not None:
        difference = await asyncio.to_thread(_from_database, subject.url)
        if difference is not None:
            findings.append(_judged("the database's", difference))
    clerk = subject.settings.clerk
    if clerk is not None:
        difference = await _from_date(clerk.jwks_url or f"{clerk.issuer}/.well-known/jwks.json")
        if difference is not None:
            # A header tells whole seconds.
            findings.append(_judged("Clerk's", difference))
    return findings


def _judged(whose: str, difference: float) -> Finding:
    """`difference` is by how many seconds the other clock is ahead."""
    if abs(difference) < SECONDS:
        return ok(CHECK, f"It agrees with {whose} to within {SECONDS:g} seconds.")
    way = "ahead of" if difference > 0 else "behind"
    detail = f"{whose[0].upper()}{whose[1:]} clock is {abs(difference):.0f} seconds {way} this machine's."
    return (problem if abs(difference) > TOO_MANY_SECONDS else warning)(CHECK, detail, _ADVICE)


def _from_database(url: str) -> float | None:
    try:
        with revisions.connect(url, options=repository.IMPATIENT) as conn:
            asked = time.time()
            there = repository.now(conn).timestamp()
            return there - (asked + time.time()) / 2
    except (revisions.DatabaseNotReady, psycopg.Error):
        return None  # Which the database's own check tells.


async def _from_date(url: str) -> float | None:
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            asked = time.time()
            date = parsedate_to_datetime((await client.get(url)).headers["date"])
            return date.timestamp() + 0.5 - (asked + time.time()) / 2
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        return None  # Which Clerk's own check tells.
