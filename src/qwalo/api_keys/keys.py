"""The text of an API key: `qwk_`, 32 random bytes in base62, and a checksum.

The prefix tells people and secret scanners what it is. The checksum refuses a mistyped or made-up key without a
look-up; it is no secret. Base62, so that a double click selects all of it.
"""

import secrets
import string
import zlib

from qwalo.identity.authentication import KEY_PREFIX

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# So many digits hold 256 bits, and 32.
_RANDOM = 43
_CHECKSUM = 6
_LENGTH = len(KEY_PREFIX) + _RANDOM + _CHECKSUM
_HINT = 4


def new_key() -> str:
    random = _base62(int.from_bytes(secrets.token_bytes(32)), _RANDOM)
    return KEY_PREFIX + random + _checksum(random)


def looks_like_key(text: str) -> bool:
    """Whether `text` can be a key that was made here, or elsewhere by the same rule."""
    if len(text) != _LENGTH or not text.startswith(KEY_PREFIX) or not text.isascii():
        return False
    random = text[len(KEY_PREFIX) : -_CHECKSUM]
    return text[-_CHECKSUM:] == _checksum(random)


def hint_of(key: str) -> str:
    """The end of it, by which people know it again."""
    return key[-_HINT:]


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
