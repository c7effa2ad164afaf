"""The whole API against its own OpenAPI document: thousands of requests that fit it, and as many that do not."""

import subprocess
import sys
from pathlib import Path

from tests.server import RunningServer

RULES = Path(__file__).with_name("schemathesis.toml")
PROGRAM = """
import re, uuid
import schemathesis
from schemathesis.cli import schemathesis as main

@schemathesis.hook
def before_call(context, case, **kwargs):
    # A valid key is for one request, as its description says, and no schema can: each gets one of its own.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]([ -~]{0,253}[!-~])?", key):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex

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
        assert result.returncode == 0, result.stdout[-60_000:] + result.stderr[-5_000:]
        assert "22 selected / 22 total" in result.stdout
        assert "nobody foresaw" not in server.log()
