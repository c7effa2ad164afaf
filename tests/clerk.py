"""A stand-in for an instance of Clerk: its keys, tokens, handshakes and webhooks, shaped as the real ones."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from standardwebhooks.webhooks import Webhook

from qwalo.settings import ClerkSettings

SESSION_CATEGORY = "cl_B7d4PD111AAA"
TEMPLATE_CATEGORY = "cl_B7d4PD222AAA"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class ClerkStandIn:
    """One instance, a development one unless `production`. `now` gives seconds since 1970."""

    def __init__(
        self,
        *,
        production: bool = False,
        public_url: str = "http://localhost:8000",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.frontend_api = "clerk.example.com" if production else "clever-hawk-12.clerk.accounts.dev"
        self.issuer = f"https://{self.frontend_api}"
        self.public_url = public_url
        self.kid = f"ins_{uuid.uuid4().hex}"
        self.private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.now = now
        kind = "live" if production else "test"
        encoded = base64.b64encode(f"{self.frontend_api}$".encode()).decode().rstrip("=")
        self.publishable_key = f"pk_{kind}_{encoded}"

    def settings(self, *, jwks_url: str | None = None) -> ClerkSettings:
        """Settings that verify by the PEM key, or by the key set at `jwks_url`."""
        return ClerkSettings(
            publishable_key=self.publishable_key,
            issuer=self.issuer,
            authorized_parties=(self.public_url,),
            jwt_key=None if jwks_url else self.pem(),
            jwks_url=jwks_url,
            webhook_secret=WEBHOOK_SECRET,
        )

    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {
            "CLERK_PUBLISHABLE_KEY": self.publishable_key,
            "CLERK_ISSUER": self.issuer,
            "CLERK_AUTHORIZED_PARTIES": self.public_url,
            "CLERK_JWT_KEY": self.pem(),
            "CLERK_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }

    def pem(self) -> str:
        public = self.private_key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def jwks(self) -> dict[str, Any]:
        jwk = RSAAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return {"keys": [{**jwk, "use": "sig", "alg": "RS256", "kid": self.kid}]}

    def claims(self, person: int | str = 1, **overrides: Any) -> dict[str, Any]:
        """A session token's claims (version 2). An override of None takes the claim away."""
        now = int(self.now())
        sub = user_id(person) if isinstance(person, int) else person
        claims = {
            "azp": self.public_url,
            "exp": now + 60,
            "fva": [0, -1],
            "iat": now,
            "iss": self.issuer,
            "nbf": now - 10,
            "sid": f"sess_{sub.removeprefix('user_')}",
            "sts": "active",
            "sub": sub,
            "v": 2,
        }
        return {name: value for name, value in (claims | overrides).items() if value is not None}

    def token(self, person: int | str = 1, *, headers: dict[str, Any] | None = None, **overrides: Any) -> str:
        """A session token of the person with that number or id, who is signed in at `public_url`."""
        return self.sign(self.claims(person, **overrides), headers=headers)

    def handshake(self, *cookies: str, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """The token that a handshake brings, with the Set-Cookie values in it."""
        return self.sign({"handshake": list(cookies), **claims}, headers=headers)

    def sign(self, claims: dict[str, Any], *, headers: dict[str, Any] | None = None) -> str:
        """A header of None takes it away."""
        merged = {"cat": SESSION_CATEGORY, "kid": self.kid} | (headers or {})
        kept = {name: value for name, value in merged.items() if value is not None}
        return jwt.encode(claims, self.private_key, algorithm="RS256", headers=kept)

    def user(
        self,
        person: int | str = 1,
        *,
        email: str | None = "ada@example.com",
        status: str = "verified",
        updated_at: int | None = None,
        **overrides: Any,
    ) -> dict[str, Any]:
        """The `data` of `user.created` and `user.updated`; `updated_at` in milliseconds."""
        updated = int(self.now() * 1000) if updated_at is None else updated_at
        address = {"id": "idn_1", "email_address": email, "object": "email_address"}
        address["verification"] = {"status": status, "strategy": "email_code"}  # type: ignore[assignment]
        user = {
            "id": user_id(person) if isinstance(person, int) else person,
            "object": "user",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email_addresses": [] if email is None else [address],
            "primary_email_address_id": None if email is None else "idn_1",
            "image_url": "https://img.clerk.com/1",
            "created_at": updated,
            "updated_at": updated,
        }
        return user | overrides

    def organization(
        self, organization: str, name: str = "Acme", *, updated_at: int | None = None, **overrides: Any
    ) -> dict[str, Any]:
        """The `data` of `organization.created` and `organization.updated`; `updated_at` in milliseconds."""
        updated = int(self.now() * 1000) if updated_at is None else updated_at
        data = {
            "id": organization,
            "object": "organization",
            "name": name,
            "slug": name.lower(),
            "image_url": "https://img.clerk.com/2",
            "has_image": False,
            "members_count": 1,
            "max_allowed_memberships": 5,
            "admin_delete_enabled": True,
            "public_metadata": {},
            "created_by": user_id(1),
            "created_at": updated,
            "updated_at": updated,
        }
        return data | overrides

    def membership(
        self,
        organization: str,
        person: int | str,
        role: str = "org:member",
        *,
        updated_at: int | None = None,
        name: str = "Acme",
        named_at: int | None = None,
        **overrides: Any,
    ) -> dict[str, Any]:
        """The `data` of `organizationMembership.*`, deletions included; the organization was named at `named_at`."""
        updated = int(self.now() * 1000) if updated_at is None else updated_at
        sub = user_id(person) if isinstance(person, int) else person
        data = {
            "id": f"orgmem_{organization}_{sub}",
            "object": "organization_membership",
            "role": role,
            "organization": self.organization(organization, name, updated_at=updated if named_at is None else named_at),
            "public_user_data": {
                "user_id": sub,
                "first_name": "Ada",
                "last_name": None,
                "identifier": "ada@example.com",
                "image_url": "https://img.clerk.com/1",
                "has_image": False,
            },
            "public_metadata": {},
            "created_at": updated,
            "updated_at": updated,
        }
        return data | overrides

    def webhook(
        self, kind: str, data: dict[str, Any], *, sent_at: float | None = None, message_id: str = "msg_1"
    ) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a delivery of the event `kind`."""
        sent = int(self.now() if sent_at is None else sent_at)
        event = {
            "data": data,
            "object": "event",
            "type": kind,
            "timestamp": sent * 1000,
            "instance_id": "ins_1",
            "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "tests"}},
        }
        body = json.dumps(event).encode()
        return signed_headers(body, sent_at=sent, message_id=message_id), body


class KeyServer:
    """Clerk's `/.well-known/jwks.json` on 127.0.0.1: counts the fetches, and answers while `open` is set."""

    def __init__(self, clerk: ClerkStandIn) -> None:
        self.fetches = 0
        self.status = 200
        self.body = json.dumps(clerk.jwks()).encode()
        self.asked = threading.Event()
        self.open = threading.Event()
        self.open.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.fetches += 1
                outer.asked.set()
                outer.open.wait(10)
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/.well-known/jwks.json"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def active_organization(organization: str, role: str = "member", slug: str | None = "acme") -> dict[str, Any]:
    """The claim `o` of a session token."""
    claim = {"id": organization, "rol": role, "slg": slug, "per": "read", "fpm": "1"}
    return {name: value for name, value in claim.items() if value is not None}


def user_id(number: int) -> str:
    return f"user_{number:027d}"


def signed_headers(body: bytes, *, sent_at: int, message_id: str = "msg_1") -> dict[str, str]:
    """Svix's headers for a body."""
    signature = Webhook(WEBHOOK_SECRET).sign(message_id, datetime.fromtimestamp(sent_at, UTC), body.decode())
    return {
        "content-type": "application/json",
        "svix-id": message_id,
        "svix-timestamp": str(sent_at),
        "svix-signature": signature,
    }
