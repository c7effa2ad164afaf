"""What can go wrong with API keys."""

from qwalo.identity.errors import NotSignedIn
from qwalo.platform.http.problems import Conflict, NotFound


class ApiKeyNotFound(NotFound):
    """There is no such API key in a workspace that the caller may see."""

    code = "api-key-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such API key in this workspace, or it is not yours.")


class TooManyApiKeys(Conflict):
    """A workspace has a bounded number of keys that work."""

    code = "too-many-api-keys"
    title = "Too many API keys"

    def __init__(self, most: int) -> None:
        super().__init__(f"This workspace has {most} API keys that work, which is the most: revoke one of them first.")


class ApiKeyNotValid(NotSignedIn):
    """The API key is mistyped, unknown or revoked; which of these, the answer does not tell."""

    code = "api-key-not-valid"
    title = "API key not valid"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__()
        self.detail = detail or (
            "This API key does not work: check that it is complete, or make a new one on the workspace's page API keys."
        )


class ApiKeyExpired(ApiKeyNotValid):
    """The API key was valid and has expired. Only whoever holds it can be told."""

    code = "api-key-expired"
    title = "API key expired"

    def __init__(self) -> None:
        super().__init__("This API key has expired: make a new one on the workspace's page API keys.")
