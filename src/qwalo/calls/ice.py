"""How browsers find a way to each other: STUN, and TURN with credentials that expire (coturn's REST scheme)."""

import base64
import hmac
import time

from qwalo.calls.messages import IceServer
from qwalo.settings import IceSettings

# A page gets new ones each time it connects; a call longer than this goes on, as its allocation is refreshed.
CREDENTIALS_SECONDS = 12 * 3600


def ice_servers(settings: IceSettings, seat: str) -> tuple[IceServer, ...]:
    """What `RTCConfiguration.iceServers` takes, for the browser in this seat."""
    servers = []
    if settings.stun_urls:
        servers.append(IceServer(settings.stun_urls))
    if settings.turn_urls:
        username = f"{int(time.time()) + CREDENTIALS_SECONDS}:{seat}"
        servers.append(IceServer(settings.turn_urls, username, _password(settings.turn_secret, username)))
    return tuple(servers)


def _password(secret: str, username: str) -> str:
    """The scheme asks for SHA-1 in an HMAC, which its known weakness does not touch."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
