"""Fields of request bodies: trimmed, bounded, with the same bounds in the OpenAPI document."""

import re
from typing import Annotated

import msgspec
from email_validator import EmailNotValidError, validate_email

MAX_TEXT = 200
MAX_EMAIL = 254

# The bounds hold for the trimmed text, so msgspec must not check them before: they are only described to it.
Text = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={
            "minLength": 1,
            "maxLength": MAX_TEXT,
            # No control characters, and something besides white space.
            "pattern": r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        }
    ),
]
Email = Annotated[str, msgspec.Meta(extra_json_schema={"format": "email", "maxLength": MAX_EMAIL})]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


# What nearly every address looks like: only letters, digits and marks of ASCII, and a domain with a dot. These need
# not be taken apart by the library, which costs as much as all the rest of reading a request.
_PLAIN_EMAIL = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)


class Checks:
    """Collects what is wrong with the fields of one request, so that all of it is told at once.

    Used as `with Checks() as check:` in a struct's `__post_init__`; the ValueError that it raises at the end is
    what msgspec makes a ValidationError of, with a line of the form "`field` Sentence." for each.
    """

    def __init__(self) -> None:
        self._messages: list[str] = []

    def __enter__(self) -> "Checks":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._messages and kind is None:
            raise ValueError("\n".join(self._messages))

    def text(self, field: str, value: str) -> str:
        """`value` trimmed: 1 to 200 characters, none of them a control character."""
        trimmed = value.strip()
        if not trimmed:
            self._refuse(field, "Must not be empty.")
        elif len(trimmed) > MAX_TEXT:
            self._refuse(field, f"Must have at most {MAX_TEXT} characters.")
        elif _CONTROL.search(trimmed):
            self._refuse(field, "Must not contain line breaks or other control characters.")
        return trimmed

    def email(self, field: str, value: str) -> str:
        """`value` as a lower-cased address; whether its domain exists is not asked."""
        try:
            return normal_email(value)
        except ValueError as error:
            self._refuse(field, str(error))
            return value

    def _refuse(self, field: str, message: str) -> None:
        self._messages.append(f"`{field}` {message}")


def normal_email(value: str) -> str:
    """`value` as a lower-cased address. Raises ValueError, with a sentence for people."""
    plain = value.strip().lower()
    if len(plain) <= MAX_EMAIL and _PLAIN_EMAIL.fullmatch(plain):
        return plain
    try:
        # By default names like `test` and `local` are refused; in a company's own network they are real.
        found = validate_email(value.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"Must be an email address like ana@example.com: {error}") from error
    return found.normalized.lower()
