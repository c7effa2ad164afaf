"""The typed clients: `python -m tests.clients` generates the TypeScript one anew (`make clients`)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.node_packages import ROOT, install, made_once, run

CLIENTS = ROOT / "clients"
TYPESCRIPT = CLIENTS / "typescript"
SCHEMA = TYPESCRIPT / "src" / "schema.ts"
DASHBOARD = TYPESCRIPT / "examples" / "react-dashboard"


def openapi() -> str:
    """The OpenAPI document, as `qwalo openapi` prints it where nothing is configured."""
    with tempfile.TemporaryDirectory() as folder:
        # No variable and no `.env` of a developer is read.
        ours = ("QWALO_", "CLERK_", "SMTP_", "MAIL_", "DATABASE_", "STUN_", "TURN_")
        return subprocess.run(
            [sys.executable, "-m", "qwalo", "openapi"],
            env={name: value for name, value in os.environ.items() if not name.startswith(ours)},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout


def schema(document: str) -> str:
    """The types of the document, as text of TypeScript."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "schema.ts")
        source.write_text(document)
        # A field with a default may be left out of a request.
        options = ("--default-non-nullable=false", "--output", str(target))
        run("openapi-typescript", str(source), *options, folder=CLIENTS / "generator")
        return target.read_text()


def build() -> None:
    """Compiles the package to `dist`, which git ignores."""
    sources = [*TYPESCRIPT.glob("src/*.ts"), *TYPESCRIPT.glob("*.json")]
    with made_once(CLIENTS / "node_modules" / ".qwalo-build", sources) as missing:
        if missing:
            run("tsc", "-p", "typescript/tsconfig.build.json", folder=CLIENTS)


def main() -> None:
    install(CLIENTS)
    SCHEMA.write_text(schema(openapi()))
    build()


if __name__ == "__main__":
    main()
