"""The Dockerfile, compose.yaml and .env.example name settings that there are, and files that are there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it has no annotations
from click.testing import CliRunner

from qwalo.cli import main

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DEPLOY = (ROOT / "docs" / "howto" / "deploy.md").read_text()

SETTINGS = set(
    re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', "".join(p.read_text() for p in (ROOT / "src/qwalo/settings").glob("*.py")))
)
# Of the other programs in compose.yaml.
OTHERS = {"POSTGRES_PASSWORD", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"}
OURS = [name for name, service in COMPOSE["services"].items() if service.get("image") == "qwalo"]
PARTS = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]


def instructions(part: str = DOCKERFILE) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", part, flags=re.MULTILINE))
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in joined.splitlines() if line]


def test_every_variable_of_the_image_is_a_setting() -> None:
    names = [word.partition("=")[0] for kind, rest in instructions() if kind == "ENV" for word in shlex.split(rest)]
    ours = {name for name in names if not name.startswith(("PIP_", "PYTHON")) and name != "PATH"}
    assert ours
    assert ours <= SETTINGS


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    """`.dockerignore` keeps everything away that it does not name."""
    taken = (ROOT / ".dockerignore").read_text()
    for kind, rest in instructions():
        if kind == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}\n" in taken, source


def test_everything_that_is_installed_has_a_hash() -> None:
    for line in re.findall(r"pip install ([^&\n]+)", DOCKERFILE):
        assert "--require-hashes" in line or "--no-deps" in line, line


def test_the_image_does_not_run_as_root() -> None:
    kinds = [kind for kind, _ in instructions(PARTS[-1])]
    assert "USER" in kinds
    assert kinds.index("USER") < kinds.index("ENTRYPOINT")


def test_the_health_of_the_image_is_that_of_the_server() -> None:
    (check,) = [rest for kind, rest in instructions(PARTS[-1]) if kind == "HEALTHCHECK"]
    assert "/health/ready" in check
    compile(yaml.safe_load(check.partition("CMD ")[2])[2], "healthcheck", "exec")


@pytest.mark.parametrize("service", OURS)
def test_every_variable_of_a_service_is_a_setting(service: str) -> None:
    assert set(COMPOSE["services"][service]["environment"]) <= SETTINGS


@pytest.mark.parametrize("service", OURS)
def test_every_command_of_a_service_is_one(service: str) -> None:
    result = CliRunner().invoke(main, [*COMPOSE["services"][service]["command"], "--help"])
    assert result.exit_code == 0, result.output


def test_every_variable_of_the_example_is_used() -> None:
    """And each that compose.yaml asks for is in the example."""
    named = set(re.findall(r"^#?([A-Z_]+)=", ENV_EXAMPLE, flags=re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert named <= SETTINGS | OTHERS
    assert named <= asked
    assert asked - named <= {"CLERK_JWT_KEY"}


def test_volumes_and_dependencies_are_declared() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        for needed in service.get("depends_on", ()):
            assert needed in services


def test_every_service_says_how_it_is_or_why_it_cannot() -> None:
    """The image has a check of its own."""
    without = [name for name, service in COMPOSE["services"].items() if "healthcheck" not in service]
    assert without == ["server"]


def test_the_database_waits_for_nobody_and_all_wait_for_it() -> None:
    services = COMPOSE["services"]
    assert services["migrations"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("server", "worker"):
        assert services[name]["depends_on"] == {"migrations": {"condition": "service_completed_successfully"}}


def test_every_variable_of_the_guide_is_a_setting() -> None:
    named = set(re.findall(r"\b((?:QWALO|CLERK|TURN|STUN|SMTP|MAIL|DATABASE)_[A-Z_]+)\b", DEPLOY))
    assert named <= SETTINGS


def test_every_file_that_the_guide_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", DEPLOY):
        assert (ROOT / "docs" / "howto" / target).exists(), target


def test_compose_passes_on_every_setting_that_makes_sense_there() -> None:
    """What somebody writes into `.env` has an effect."""
    table = set(re.findall(r"^\| `([A-Z]+_[A-Z_]+)`", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    inside = {"QWALO_HOST", "QWALO_PORT", "QWALO_SOCKET_PORT", "QWALO_DATA_DIR"}
    assert len(table) > 20
    for name in OURS:
        assert table - inside <= set(COMPOSE["services"][name]["environment"]), name


def test_the_relay_of_compose_and_that_of_the_guide_deny_the_same() -> None:
    denied = [line for line in COMPOSE["services"]["coturn"]["command"] if "denied-peer-ip" in line]
    assert len(denied) > 10
    assert [f"--{line}" for line in re.findall(r"denied-peer-ip=\S+", DEPLOY)] == denied
    assert "no-tcp-relay" in DEPLOY
