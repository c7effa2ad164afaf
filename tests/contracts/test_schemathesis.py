"""The whole API against its own OpenAPI document: thousands of requests that fit it, and as many that do not."""

import subprocess
import sys
from pathlib import Path

import httpx

from tests.server import RunningServer

RULES = Path(__file__).with_name("schemathesis.toml")
PROGRAM = """
import re, uuid
from datetime import datetime
import schemathesis
from schemathesis.cli import schemathesis as main

@schemathesis.hook
def before_call(context, case, **kwargs):
    # A valid key is for one request, as its description says, and no schema can: each gets one of its own.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]([ -~]{0,253}[!-~])?", key):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    # Nor can a schema say that a moment lies ahead.
    if case.path.endswith("/api-keys") and isinstance(case.body, dict) and is_moment(case.body.get("expiresAt")):
        del case.body["expiresAt"]
    # Nor that one moment is after another.
    if "/audit-events" in case.path and case.query and {"from", "to"} <= case.query.keys():
        del case.query["to"]

def is_moment(value):
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False

main()
"""


def test_the_api_does_what_its_document_says(address: str, tmp_path: Path) -> None:
    """Examples, edge cases, random data and chains of requests, with all of the default checks."""
    variables = {"DATABASE_URL": address}
    with RunningServer(tmp_path, variables, options=("--no-worker",)) as server:
        token = server.run("token", "ana@example.com").stdout.strip()
        result = subprocess.run(
            [
                *(sys.executable, "-c", PROGRAM, "--config-file", RULES, "run", f"{server.url}/openapi.json"),
                *("--url", server.url, "--header", f"Authorization: Bearer {token}"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, result.stdout[-10_000:] + result.stderr[-5_000:]
        document = httpx.get(f"{server.url}/openapi.json").json()
        total = sum(len(item) for item in document["paths"].values())
        assert f"{total} selected / {total} total" in result.stdout
        assert "nobody foresaw" not in server.log()
