"""The OpenAPI document: valid, complete, and with what a reader of it needs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from schemathesis.specs.openapi.definitions import OPENAPI_31

from qwalo.app import create_app
from qwalo.platform.http.marks import PUBLIC
from tests.clerk import ClerkStandIn
from tests.conftest import make_settings
from tests.contracts.routes import API

Document = dict[str, Any]
Operation = tuple[str, str]
PROBLEM = "application/problem+json"


@pytest.fixture(params=["local sign-in", "Clerk"])
async def app(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Litestar:
    values = ClerkStandIn().environment() if request.param == "Clerk" else {}
    return create_app(make_settings(tmp_path, **values), database_url)


@pytest.fixture
async def document(client: AsyncTestClient[Litestar]) -> Document:
    response = await client.get("/openapi.json")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json"
    content: Document = response.json()
    return content


def test_the_document_is_openapi_3_1(document: Document) -> None:
    """By the schema that the OpenAPI Initiative publishes."""
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document)] == []


def test_the_shapes_are_json_schema(document: Document) -> None:
    """OpenAPI 3.1 leaves them to JSON Schema 2020-12."""
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_json_route_is_described(document: Document) -> None:
    """With its parameters, under a summary, each with a name of its own."""
    operations = dict(_operations(document))
    assert set(API) | {("GET", "/me"), ("POST", "/i/{token}/acceptance")} <= set(operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations.values())
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)


def test_what_is_sent_and_answered_has_an_example_that_fits(document: Document) -> None:
    """Where it is JSON; each problem has one by its code."""
    for operation, body in _bodies(document):
        examples = [body["example"]] if "example" in body else [e["value"] for e in body["examples"].values()]
        schema = body["schema"] | {"components": document["components"]}
        for example in examples:
            assert jsonschema_rs.is_valid(schema, example), (operation, example)
            assert example not in ({}, [], None), operation


def test_errors_are_problems(document: Document) -> None:
    """And nothing else is promised for them."""
    for (method, path), operation in _operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert set(response["content"]) == {PROBLEM}, (method, path, status)
                values = [example["value"] for example in response["content"][PROBLEM]["examples"].values()]
                assert {value["status"] for value in values} == {int(status)}


def test_every_error_that_can_be_answered_is_documented(document: Document) -> None:
    """By what the operation does: reads the database, takes a credential, a path, a body, a query."""
    for (method, path), operation in _operations(document):
        keyed = method == "POST" and bool(operation.get("security", document["security"]))
        assert keyed == ("Idempotency-Key" in {one["name"] for one in operation.get("parameters", [])}), path
        closed = bool(operation.get("security", document["security"]))
        managed = path == "/me" or any(part in path for part in ("/api-keys", "/audit-events", "/webhook-endpoints"))
        conflicts = {
            *(("POST", "invitees"), ("PATCH", "{invitee_id}"), ("POST", "invitations")),
            *(("PATCH", "{member_id}"), ("DELETE", "{member_id}"), ("PATCH", "{workspace_id}")),
        }
        rules: list[tuple[bool, set[str]]] = [
            (path != "/health/live", {"503"}),
            (not path.startswith("/health/"), {"429"}),
            (keyed, {"400", "409", "422"}),
            (closed, {"401"} if method == "GET" else {"401", "403"}),
            (managed, {"403"}),
            ("{" in path, {"404"}),
            ("requestBody" in operation, {"400", "413", "415", "422"}),
            (any(parameter["in"] == "query" for parameter in operation.get("parameters", [])), {"422"}),
            (path == "/hooks/clerk", {"400", "413"}),
            ((method, path.rpartition("/")[2]) in conflicts, {"409"}),
        ]
        expected = {status for holds, statuses in rules if holds for status in statuses}
        assert {status for status in operation["responses"] if status >= "400"} == expected, (method, path)


def test_an_operation_is_open_exactly_where_its_route_is(app: Litestar, document: Document) -> None:
    """All others want the token."""
    public = {
        (method, route.path_format)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        for method in handler.http_methods
        if handler.opt.get(PUBLIC)
    }
    assert document["security"] == [{"token": []}]
    for key, operation in _operations(document):
        assert operation.get("security") == ([] if key in public else None), key


def test_request_shapes_refuse_unknown_fields_and_bound_their_texts(document: Document) -> None:
    """As the implementation does, so that a client made from the document knows before it sends."""
    schemas = document["components"]["schemas"]
    names = {name for name in schemas if re.match("(Create|Update)[A-Z]", name)}
    sent = [operation["requestBody"]["content"] for _, operation in _operations(document) if "requestBody" in operation]
    assert names <= {content["application/json"]["schema"]["$ref"].rpartition("/")[2] for content in sent}
    assert len(names) > 6
    assert all(schemas[name]["additionalProperties"] is False for name in names)
    title = schemas["CreateInterview"]["properties"]["title"]
    assert (title["minLength"], title["maxLength"]) == (1, 200)
    assert schemas["CreateInvitee"]["properties"]["email"]["format"] == "email"


def test_an_optional_fact_is_absent_and_never_null(document: Document) -> None:
    """In what is answered; a request may say null to take something away."""
    for name in ("Invitee", "User", "CallRecord", "Participant", "ProblemDetails"):
        assert "null" not in str(document["components"]["schemas"][name])


async def test_the_page_of_the_document_is_open(client: AsyncTestClient[Litestar]) -> None:
    """It needs no sign-in, and fetches nothing from elsewhere."""
    response = await client.get("/docs")
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "http" not in response.text.replace("http://qwalo.test", "").replace("http://www.w3.org", "")


def _operations(document: Document) -> Iterator[tuple[Operation, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield (method.upper(), path), operation


def _bodies(document: Document) -> Iterator[tuple[Operation, dict[str, Any]]]:
    for key, operation in _operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            yield from ((key, content) for content in body.get("content", {}).values())
