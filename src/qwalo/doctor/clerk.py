"""Clerk: do the keys belong together, and can they be fetched?"""

import httpx
import msgspec

from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject
from qwalo.identity.clerk.addresses import frontend_api
from qwalo.identity.clerk.keys import PemKey, read_key_set
from qwalo.settings import ClerkSettings, SettingsError

CHECK = "clerk"
ANSWER_SECONDS = 8.0
_COPY = "Copy it from Clerk's API keys page."


async def check(subject: Subject) -> list[Finding]:
    clerk = subject.settings.clerk
    if clerk is None:
        return []
    findings = [*_keys_that_belong_together(clerk), *await _signing_keys(clerk)]
    if clerk.publishable_key.startswith("pk_test_") and not subject.is_local:
        advice = "Make a production instance in Clerk's dashboard, and set its keys."
        findings.append(warning(CHECK, "CLERK_PUBLISHABLE_KEY is of a development instance.", advice))
    if subject.settings.public_url not in clerk.authorized_parties:
        detail = f"CLERK_AUTHORIZED_PARTIES does not name {subject.settings.public_url}: its own pages cannot sign in."
        findings.append(problem(CHECK, detail, "Add that address to CLERK_AUTHORIZED_PARTIES."))
    return findings


def _keys_that_belong_together(clerk: ClerkSettings) -> list[Finding]:
    try:
        host = frontend_api(clerk.publishable_key)
    except SettingsError as error:
        return [problem(CHECK, str(error), _COPY)]
    if f"https://{host}" != clerk.issuer:
        detail = f"CLERK_PUBLISHABLE_KEY is of https://{host}, and CLERK_ISSUER is {clerk.issuer}."
        return [problem(CHECK, detail, "Take both from the same instance in Clerk's dashboard.")]
    return [ok(CHECK, f"The publishable key belongs to {clerk.issuer}.")]


async def _signing_keys(clerk: ClerkSettings) -> list[Finding]:
    if clerk.jwt_key is not None:
        try:
            PemKey(clerk.jwt_key)
        except SettingsError as error:
            return [problem(CHECK, str(error), _COPY)]
        return [ok(CHECK, "CLERK_JWT_KEY verifies sessions without a network.")]
    assert clerk.jwks_url is not None
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            response = await client.get(clerk.jwks_url)
            response.raise_for_status()
        keys = read_key_set(response.content)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError) as error:
        reason = _reason(error)
        advice = "Correct CLERK_ISSUER or CLERK_JWKS_URL, open the way to it, or set CLERK_JWT_KEY."
        return [problem(CHECK, f"The keys cannot be fetched from {clerk.jwks_url} ({reason}).", advice)]
    if not keys:
        advice = "Correct CLERK_JWKS_URL: Clerk publishes RSA keys."
        return [problem(CHECK, f"{clerk.jwks_url} has no key that Qwalo can use.", advice)]
    return [ok(CHECK, f"{len(keys)} signing key{'s' if len(keys) > 1 else ''} came from {clerk.jwks_url}.")]


def _reason(error: Exception) -> str:
    match error:
        case httpx.HTTPStatusError():
            return f"HTTP {error.response.status_code}"
        case httpx.TimeoutException():
            return f"no answer within {ANSWER_SECONDS:g} seconds"
        case msgspec.MsgspecError():
            return "the answer is no key set"
        case _:
            return type(error).__name__
