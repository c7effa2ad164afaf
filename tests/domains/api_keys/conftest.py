"""Alice with a workspace, an interview and an invitee."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.people import Api, Person


@pytest.fixture
def api(client: AsyncTestClient[Litestar], alice: Person) -> Api:
    return Api(client, alice)


@pytest.fixture
async def workspace(api: Api) -> dict[str, Any]:
    return await api.create_workspace()


@pytest.fixture
async def interview(api: Api, workspace: dict[str, Any]) -> dict[str, Any]:
    return await api.create_interview(workspace)
