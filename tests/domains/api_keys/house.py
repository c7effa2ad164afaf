"""What the tests of API keys have: Alice's workspace, a key of it, and programs that use one."""

from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.people import Api

Client = AsyncTestClient[Litestar]


class Program:
    """Whoever has this text as its credential."""

    def __init__(self, client: Client, key: str) -> None:
        self._client = client
        self.key = key
        self.headers = {"Authorization": f"Bearer {key}"}

    async def request(self, method: str, path: str, body: Any = None) -> Response:
        self._client.cookies.clear()
        return await self._client.request(method, path, json=body, headers=self.headers, follow_redirects=False)


async def make_key(api: Api, workspace: dict[str, Any], scope: str = "read", **more: Any) -> dict[str, Any]:
    body = {"name": f"A key to {scope}", "scope": scope, **more}
    response = await api.request("POST", f"/workspaces/{workspace['id']}/api-keys", body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made
