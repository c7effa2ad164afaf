"""Controllers get what they share once, when the application is composed, and not anew with every request."""

from collections.abc import Mapping
from inspect import get_annotations
from typing import Any, TypeVar

from litestar import Controller

AnyController = TypeVar("AnyController", bound=type[Controller])


def given(controller: AnyController, shared: Mapping[str, Any]) -> AnyController:
    """`controller` with those of its annotated attributes set that it does not set itself.

    Litestar can inject them as well; that costs a tenth of a small request (docs/decisions/0005).

    Raises:
        KeyError: the composition does not have what the controller asks for.
    """
    wanted = [name for name in get_annotations(controller) if not hasattr(controller, name)]
    bound: AnyController = type(controller.__name__, (controller,), {name: shared[name] for name in wanted})  # type: ignore[assignment]
    return bound
