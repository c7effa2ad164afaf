"""Forms: what a person sent, read into the same request shapes as the JSON API's."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from litestar.datastructures import FormMultiDict

from qwalo.platform.http.rendering import invalid_request

Shape = TypeVar("Shape")


class FormErrors(dict[str, str]):
    """What is wrong, by field; "" for what concerns no one field."""


class InvalidForm(Exception):
    """The form cannot be used as it is; the page shows it again with `errors`."""

    def __init__(self, errors: FormErrors) -> None:
        super().__init__("The form has errors.")
        self.errors = errors


def values_of(form: FormMultiDict) -> dict[str, str]:
    """The texts that were sent, without files and the form token."""
    return {name: value for name, value in form.items() if isinstance(value, str) and name != "csrf"}


def read(values: Mapping[str, str], shape: type[Shape]) -> Shape:
    """`values` as `shape`; an empty text is one that was not given, unless the shape demands it.

    Raises:
        InvalidForm: with a sentence for each field that is wrong.
    """
    fields = msgspec.inspect.type_info(shape)
    assert isinstance(fields, msgspec.inspect.StructType)
    required = {field.name for field in fields.fields if field.required}
    given = {field.name: values.get(field.name, "") for field in fields.fields}
    kept = {name: value for name, value in given.items() if value.strip() or name in required}
    try:
        return msgspec.convert(kept, shape)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        problem = invalid_request([(place.strip(".`"), message)])
        raise InvalidForm(FormErrors({item.field: item.message for item in problem.errors})) from error
