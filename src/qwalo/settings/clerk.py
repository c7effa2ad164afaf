"""Settings of sign-in through Clerk."""

from collections.abc import Mapping

import msgspec

from qwalo.settings.addresses import origin, origins, split
from qwalo.settings.errors import SettingsError


class ClerkSettings(msgspec.Struct, frozen=True):
    """What verifies Clerk's tokens. Exactly one of `jwt_key` (PEM) and `jwks_url` is set."""

    publishable_key: str
    issuer: str
    authorized_parties: tuple[str, ...]
    jwt_key: str | None
    jwks_url: str | None
    webhook_secret: str | None

    def __repr__(self) -> str:
        return f"ClerkSettings({self.issuer})"


def clerk(values: Mapping[str, str]) -> ClerkSettings | None:
    if not any(name.startswith("CLERK_") for name in values):
        return None
    required = ("CLERK_PUBLISHABLE_KEY", "CLERK_ISSUER", "CLERK_AUTHORIZED_PARTIES")
    for name in required:
        if name not in values:
            raise SettingsError(f"{name} must be set too, as other CLERK_ variables are: it is in Clerk's dashboard.")
    if not values["CLERK_PUBLISHABLE_KEY"].startswith(("pk_test_", "pk_live_")):
        raise SettingsError("CLERK_PUBLISHABLE_KEY must begin with pk_test_ or pk_live_.")
    issuer = origin("CLERK_ISSUER", values["CLERK_ISSUER"])
    # A PEM has line breaks, which many ways of setting a variable cannot hold: \n is read as one.
    pem = values.get("CLERK_JWT_KEY", "").replace("\\n", "\n") or None
    if pem is not None and "-----BEGIN PUBLIC KEY-----" not in pem:
        raise SettingsError("CLERK_JWT_KEY must be the PEM public key: -----BEGIN PUBLIC KEY----- and what follows.")
    jwks_url = None if pem else values.get("CLERK_JWKS_URL", f"{issuer}/.well-known/jwks.json")
    if jwks_url and split("CLERK_JWKS_URL", jwks_url).scheme not in {"http", "https"}:
        raise SettingsError("CLERK_JWKS_URL must be an address like https://clerk.example.com/.well-known/jwks.json.")
    authorized_parties = origins(values, "CLERK_AUTHORIZED_PARTIES")
    if not authorized_parties:
        raise SettingsError("CLERK_AUTHORIZED_PARTIES must name at least one address like https://qwalo.example.com.")
    webhook_secret = values.get("CLERK_WEBHOOK_SECRET")
    if webhook_secret is not None and not webhook_secret.startswith("whsec_"):
        raise SettingsError("CLERK_WEBHOOK_SECRET must begin with whsec_: Clerk shows it beside the endpoint.")
    return ClerkSettings(
        publishable_key=values["CLERK_PUBLISHABLE_KEY"],
        issuer=issuer,
        authorized_parties=authorized_parties,
        jwt_key=pem,
        jwks_url=jwks_url,
        webhook_secret=webhook_secret,
    )
