"""What can go wrong about who is calling."""

from qwalo.platform.http.problems import Problem, Unavailable


class NotSignedIn(Problem):
    """No credential, or one that is not valid (any more)."""

    status = 401
    code = "not-signed-in"
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("Sign in first: there is no session, or it has ended.")
        self.headers["WWW-Authenticate"] = "Bearer"


class ForeignRequest(Problem):
    """A cookie came with a request that another site may have made."""

    status = 403
    code = "foreign-request"
    title = "Request refused"

    def __init__(self, public_url: str | None = None) -> None:
        where = f"open {public_url}" if public_url else "reload the page"
        super().__init__(f"This request may come from another site, so nothing was done: {where} and try again.")


class NotForKeys(Problem):
    """An API key came with a request that only a person can make."""

    status = 403
    code = "not-for-api-keys"
    title = "Not for API keys"


class IdentityProviderUnavailable(Unavailable):
    """The keys that prove a session cannot be fetched, and none are known from before."""

    code = "identity-provider-unavailable"

    def __init__(self) -> None:
        super().__init__("The sign-in service cannot be reached, so nobody can be recognised: try again shortly.")


class SignInLinkNotValid(Problem):
    """The sign-in link is unknown, was used, or has expired."""

    status = 404
    code = "sign-in-link-not-valid"
    title = "This sign-in link does not work"

    def __init__(self) -> None:
        super().__init__("A sign-in link works once, and not for long: ask for a new one.")


class AddressTaken(Problem):
    """The address belongs to another person."""

    status = 409
    code = "address-taken"
    title = "Address taken"

    def __init__(self) -> None:
        super().__init__("This address belongs to another person here: give another one, or sign in with it.")
