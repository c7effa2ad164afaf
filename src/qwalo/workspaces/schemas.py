"""Request shapes of workspaces. The response is `models.Workspace`."""

from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from qwalo.platform.http import fields


class CreateWorkspace(msgspec.Struct, forbid_unknown_fields=True):
    name: fields.Text
    organizationName: fields.Text

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "Customer research", "organizationName": "Acme"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.name = check.text("name", self.name)
            self.organizationName = check.text("organizationName", self.organizationName)


class UpdateWorkspace(msgspec.Struct, forbid_unknown_fields=True):
    """What is not sent stays as it is."""

    name: fields.Text | UnsetType = UNSET
    organizationName: fields.Text | UnsetType = UNSET

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "Market research"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            if self.name is not UNSET:
                self.name = check.text("name", self.name)
            if self.organizationName is not UNSET:
                self.organizationName = check.text("organizationName", self.organizationName)
