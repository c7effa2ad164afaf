"""Request shapes of interviews. The response is `models.Interview`."""

from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from qwalo.interviews.models import Mode
from qwalo.platform.http import fields


class CreateInterview(msgspec.Struct, forbid_unknown_fields=True):
    title: fields.Text
    mode: Mode

    EXAMPLE: ClassVar[dict[str, Any]] = {"title": "Why you chose us", "mode": "video"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.title = check.text("title", self.title)


class UpdateInterview(msgspec.Struct, forbid_unknown_fields=True):
    """What is not sent stays as it is."""

    title: fields.Text | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET

    EXAMPLE: ClassVar[dict[str, Any]] = {"mode": "voice"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            if self.title is not UNSET:
                self.title = check.text("title", self.title)
