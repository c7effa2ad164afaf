"""Request shapes of interviews. The response is `models.Interview`."""

import msgspec
from msgspec import UNSET, UnsetType

from qwalo.interviews.models import Mode
from qwalo.platform.http import fields


class CreateInterview(msgspec.Struct, forbid_unknown_fields=True):
    title: fields.Text
    mode: Mode

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.title = check.text("title", self.title)


class UpdateInterview(msgspec.Struct, forbid_unknown_fields=True):
    """What is not sent stays as it is."""

    title: fields.Text | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            if self.title is not UNSET:
                self.title = check.text("title", self.title)
