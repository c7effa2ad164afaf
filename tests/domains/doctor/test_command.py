"""`qwalo doctor` as an operator runs it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qwalo.doctor import disk, installation
from qwalo.doctor.examining import _made
from qwalo.doctor.findings import Finding
from qwalo.doctor.subject import Subject
from qwalo.platform.db.embedded import EmbeddedPostgres
from tests.conftest import SECRET_KEY
from tests.contracts.conftest import as_address
from tests.domains.doctor.conftest import MakeSubject, levels

Doctor = Callable[..., "subprocess.CompletedProcess[str]"]
OURS = ("QWALO_", "CLERK_", "SMTP_", "MAIL_", "DATABASE_", "STUN_", "TURN_")
PASSWORD = "hunter2-hunter2"


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}

    def run(*options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "qwalo", "doctor", *options],
            env=inherited | {"QWALO_DATA_DIR": str(tmp_path / "data"), "QWALO_SECRET_KEY": SECRET_KEY} | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_sound_installation_ends_with_0(doctor: Doctor, database_url: str) -> None:
    """Warnings are no problems."""
    result = doctor(DATABASE_URL=as_address(database_url))
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b[" not in result.stdout
    assert "no problems, " in result.stdout


def test_each_problem_has_a_line_of_what_to_do(doctor: Doctor) -> None:
    """And the exit code is 1."""
    result = doctor(DATABASE_URL=f"postgresql://u:{PASSWORD}@127.0.0.1:1/d")
    lines = result.stdout.splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith("problem")]
    assert "database" in lines[number]
    assert lines[number + 1].strip().startswith("-> Start PostgreSQL")
    assert (result.returncode, PASSWORD in result.stdout + result.stderr) == (1, False)


def test_programs_get_json(doctor: Doctor, database_url: str) -> None:
    result = doctor("--json", DATABASE_URL=as_address(database_url))
    document = json.loads(result.stdout)
    assert document["problems"] == 0
    assert {finding["level"] for finding in document["findings"]} == {"ok", "warning"}
    assert all(finding["advice"] for finding in document["findings"] if finding["level"] == "warning")


def test_every_wrong_setting_is_told_at_once(doctor: Doctor) -> None:
    """A start tells of the first alone."""
    result = doctor("--json", QWALO_PORT="x", SMTP_URL=f"http://u:{PASSWORD}@h", TURN_ONLY="perhaps")
    details = [finding["detail"] for finding in json.loads(result.stdout)["findings"]]
    assert [detail.partition(" ")[0] for detail in details] == ["QWALO_PORT", "SMTP_URL", "TURN_ONLY"]
    assert (result.returncode, PASSWORD in result.stdout) == (1, False)


def test_a_look_at_wrong_settings_makes_nothing(doctor: Doctor, tmp_path: Path) -> None:
    doctor(QWALO_PORT="x", QWALO_SECRET_KEY="")
    assert not (tmp_path / "data").exists()


def test_before_the_first_start_no_database_is_made(doctor: Doctor, tmp_path: Path) -> None:
    result = doctor()
    assert result.returncode == 0
    assert not (tmp_path / "data" / "pg18").exists()


def test_the_embedded_database_is_examined(doctor: Doctor, tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "data"):
        result = doctor()
    assert "embedded PostgreSQL 18" in result.stdout


async def test_a_public_address_without_tls_is_a_warning(subject: MakeSubject) -> None:
    findings = await installation.check(subject(QWALO_PUBLIC_URL="http://qwalo.example.com"))
    assert levels(findings) == ["ok", "warning"]
    assert levels(await installation.check(subject(QWALO_PUBLIC_URL="http://localhost:8000"))) == ["ok"]


async def test_a_key_that_is_only_on_this_machine_is_a_warning(subject: MakeSubject, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(SECRET_KEY)
    findings = await installation.check(
        subject(QWALO_PUBLIC_URL="https://q.example.com", DATABASE_URL="postgresql://db/qwalo")
    )
    assert levels(findings) == ["ok", "warning"]
    assert "QWALO_SECRET_KEY" in findings[1].advice


@pytest.mark.parametrize(("mebibytes", "level"), [(50, "problem"), (500, "warning"), (5000, "ok")])
async def test_a_disk_that_fills_is_told(
    subject: MakeSubject, monkeypatch: pytest.MonkeyPatch, mebibytes: int, level: str
) -> None:
    free = shutil._ntuple_diskusage(10**12, 0, mebibytes * disk.MEBIBYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    assert levels(await disk.check(subject())) == [level]


async def test_a_check_that_fails_is_a_finding(subject: MakeSubject) -> None:
    """And the others are shown."""

    async def broken(_: Subject) -> list[Finding]:
        raise RuntimeError(PASSWORD)

    (finding,) = await _made("broken", broken, subject())
    assert (finding.check, finding.level, PASSWORD in finding.detail) == ("broken", "problem", False)
