"""What was found, for people and for programs."""

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from qwalo.doctor.findings import Finding, Level

_COLOURS: dict[Level, str] = {"ok": "green", "warning": "yellow", "problem": "red"}
_WIDTH = max(map(len, _COLOURS))


def as_text(findings: Sequence[Finding]) -> str:
    """A line each, and below it what to do. `click.echo` takes the colours away where nobody sees them."""
    width = max(len(finding.check) for finding in findings)
    lines = []
    for finding in findings:
        level = click.style(finding.level.ljust(_WIDTH), fg=_COLOURS[finding.level])
        lines.append(f"{level}  {finding.check.ljust(width)}  {finding.detail}")
        if finding.advice:
            lines.append(f"{' ' * (_WIDTH + width + 4)}-> {finding.advice}")
    return "\n".join([*lines, "", _summary(findings)])


def as_json(findings: Sequence[Finding]) -> str:
    """`{"findings": [{"check", "level", "detail", "advice"?}], "problems": n, "warnings": n}`"""
    document: dict[str, Any] = {
        "findings": findings,
        "problems": _count(findings, "problem"),
        "warnings": _count(findings, "warning"),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _summary(findings: Sequence[Finding]) -> str:
    problems, warnings = _count(findings, "problem"), _count(findings, "warning")
    if not problems and not warnings:
        return "All is well."
    return f"{_number(problems, 'problem')}, {_number(warnings, 'warning')}."


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _count(findings: Sequence[Finding], level: Level) -> int:
    return sum(finding.level == level for finding in findings)
