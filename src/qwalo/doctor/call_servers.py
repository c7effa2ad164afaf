"""The servers that help browsers to find each other: each is asked for what a browser asks it for."""

import asyncio
import ssl

from aioice.stun import TransactionError, TransactionFailed

from qwalo.calls.ice import ice_servers
from qwalo.doctor import stun
from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.stun import IceUrl
from qwalo.doctor.subject import Subject

CHECK = "calls"
ANSWER_SECONDS = 8.0
_UNAUTHORIZED = 401


async def check(subject: Subject) -> list[Finding]:
    ice = subject.settings.ice
    if not ice.stun_urls and not ice.turn_urls:
        if subject.is_local:
            return [ok(CHECK, "No STUN or TURN server is set: calls work within one network.")]
        return [
            warning(
                CHECK,
                "No STUN or TURN server is set: people in different networks cannot hear each other.",
                "Set STUN_URLS, TURN_URLS and TURN_SECRET; docs/howto/deploy.md shows how to run coturn.",
            )
        ]
    # The credentials that a page would get.
    (*_, server) = ice_servers(ice, "doctor")
    stuns = [_asked(IceUrl.parse(url)) for url in ice.stun_urls]
    turns = [_asked(IceUrl.parse(url), server.username, server.credential) for url in ice.turn_urls]
    findings = list(await asyncio.gather(*stuns, *turns))
    if not ice.turn_urls and not subject.is_local:
        advice = "Set TURN_URLS and TURN_SECRET: one call in ten needs a relay."
        findings.append(
            warning(CHECK, "No TURN server is set: calls fail where a network forbids direct ways.", advice)
        )
    return findings


async def _asked(url: IceUrl, username: str | None = None, password: str | None = None) -> Finding:
    if not url.can_be_asked:
        return warning(CHECK, f"{url.text} was not asked: DTLS is not spoken here.", "Try it in a call.")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            if username is None:
                seen = await stun.reflexive_address(url)
                return ok(CHECK, f"{url.text} answers, and sees this machine at {seen}.")
            lent = await stun.relayed_address(url, username, password or "")
            return ok(CHECK, f"{url.text} lends an address: {lent}.")
    except TransactionFailed as error:
        return _refused(url, error)
    except (TimeoutError, TransactionError):
        detail = f"{url.text} did not answer within {ANSWER_SECONDS:g} seconds."
        return problem(CHECK, detail, f"Start it, and open {url.transport} port {url.port} in its firewall.")
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason
        return problem(CHECK, f"{url.text}: its certificate is not taken ({reason}).", "Renew or correct it.")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return problem(CHECK, f"{url.text} cannot be reached ({reason}).", "Start it, or correct its address.")


def _refused(url: IceUrl, error: TransactionFailed) -> Finding:
    code, reason = error.response.attributes.get("ERROR-CODE", (0, "no reason given"))
    if code == _UNAUTHORIZED:
        advice = "Set TURN_SECRET to coturn's static-auth-secret, and let coturn have use-auth-secret."
        return problem(CHECK, f"{url.text} does not take the credentials made with TURN_SECRET.", advice)
    return problem(CHECK, f"{url.text} refused ({code} {reason}).", "The log of the server says why.")
