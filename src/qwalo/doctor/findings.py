"""What a check found: one fact, whether it is well, and what to do where it is not."""

from typing import Literal

import msgspec

Level = Literal["ok", "warning", "problem"]


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """`detail` and `advice` are for people, and hold no secret. A `problem` keeps Qwalo from doing its work."""

    check: str
    level: Level
    detail: str
    advice: str = ""


def ok(check: str, detail: str) -> Finding:
    return Finding(check, "ok", detail)


def warning(check: str, detail: str, advice: str) -> Finding:
    return Finding(check, "warning", detail, advice)


def problem(check: str, detail: str, advice: str) -> Finding:
    return Finding(check, "problem", detail, advice)
