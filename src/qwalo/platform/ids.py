"""Ids of rows: the shape of Prisma's `cuid()` (version 1), which is `c` and 24 base36 characters.

Made from `secrets` where the original uses a plain random generator; still, an id is never a secret.
"""

import itertools
import re
import secrets
import time

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BLOCK = 36**4
_counter = itertools.count(secrets.randbelow(_BLOCK))

CUID = re.compile(r"c[0-9a-z]{24}")


def cuid() -> str:
    """`c`, 8 digits of time, 4 of a counter, 12 random ones: ids sort roughly by their age."""
    stamp = _base36(int(time.time() * 1000), 8)
    count = _base36(next(_counter) % _BLOCK, 4)
    return f"c{stamp}{count}{_base36(secrets.randbelow(_BLOCK**3), 12)}"


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
