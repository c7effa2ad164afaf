"""How a handler's parameter says where it comes from: `db: Injected[Database]`, `data: JSONBody[CreateWorkspace]`."""

from litestar.di import NamedDependency as Injected
from litestar.params import FromPath, FromQuery, JSONBody

__all__ = ["FromPath", "FromQuery", "Injected", "JSONBody"]
