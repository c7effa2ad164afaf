"""Shapes of the forms of local sign-in."""

import msgspec

from qwalo.platform.http import fields


class SignInRequest(msgspec.Struct):
    email: fields.Email

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.email = check.email("email", self.email)


class Profile(msgspec.Struct):
    """What a person may say about themselves at the first sign-in."""

    name: fields.Text | None = None
    email: fields.Email | None = None

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            if self.name is not None:
                self.name = check.text("name", self.name)
            if self.email is not None:
                self.email = check.email("email", self.email)
