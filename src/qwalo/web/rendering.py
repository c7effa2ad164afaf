"""How a page is made: Jinja templates of the domains in the layout of this package, with a strict policy."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jinja2
import msgspec
from litestar import Response

from qwalo.web.forms import FormErrors
from qwalo.web.static_files import modules, static

HTML = "text/html"


class ClerkScript(msgspec.Struct, frozen=True):
    """Clerk's script, which renews the session's cookie while a page is open. `origin` is where it speaks to."""

    address: str
    origin: str
    key: str


class Templates:
    """The templates of these domain packages, by names like `workspaces/list.html`, and the shared ones by theirs.

    `functions` are what all of them can call.
    """

    def __init__(
        self,
        domains: tuple[str, ...],
        *,
        clerk: ClerkScript | None = None,
        functions: Mapping[str, Callable[..., object]] | None = None,
    ) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader(
                [
                    jinja2.PrefixLoader({name: jinja2.PackageLoader(f"qwalo.{name}") for name in domains}),
                    jinja2.PackageLoader("qwalo.web"),
                ]
            ),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = static
        self._environment.globals["modules"] = modules
        self._environment.globals["clerk_script"] = clerk
        self._environment.globals.update(functions or {})
        self._environment.filters["moment"] = datetime.fromisoformat
        self._policy = _policy(clerk.origin if clerk else None)

    def render(self, name: str, *, status: int = 200, **context: Any) -> Response[str]:
        """The page as a response."""
        text = self._environment.get_template(name).render(**(_DEFAULTS | context))
        return Response(text, status_code=status, media_type=HTML, headers={"Content-Security-Policy": self._policy})


# What the layout asks for, and a page need not give.
_DEFAULTS: dict[str, Any] = {
    "csrf": "",
    "viewer": None,
    "organization": None,
    "flash": None,
    "mailbox": False,
    "local_sign_in": False,
    "errors": FormErrors(),
}


def _policy(clerk: str | None) -> str:
    """The content security policy: our own files and addresses alone, and Clerk's where it is used."""
    more = f" {clerk}" if clerk else ""
    rules = [
        "default-src 'none'",
        f"script-src 'self'{more}",
        "style-src 'self'",
        f"img-src 'self' data:{more}",
        "font-src 'self'",
        f"connect-src 'self'{more}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    # Clerk's script keeps time in a worker that it makes itself.
    return "; ".join([*rules, "worker-src blob:"] if clerk else rules)
