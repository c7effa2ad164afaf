"""An error as a page: what happened, and what to do."""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote

from litestar import Request, Response
from litestar.handlers.base import BaseRouteHandler

from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.problems import Problem
from qwalo.platform.http.rendering import render_json
from qwalo.web.redirects import see_other
from qwalo.web.rendering import Templates

AnyRequest = Request[Any, Any, Any]


def wants_page(request: AnyRequest) -> bool:
    """Whether a person asked: the route is a page's, or there is no route and the browser wants HTML."""
    # Where no route was found, there is none in the scope, whatever its type says.
    handler = cast("BaseRouteHandler | None", request.scope.get("route_handler"))
    if handler is not None:
        return bool(handler.opt.get(PAGE))
    return "text/html" in request.headers.get("accept", "")


def error_page(templates: Templates) -> Callable[[AnyRequest, Problem], Response[Any]]:
    def render(request: AnyRequest, problem: Problem) -> Response[Any]:
        # A stream is no page: one that followed a redirect would arrive at HTML.
        if "text/event-stream" in request.headers.get("accept", ""):
            return render_json(request, problem)
        if problem.status == 401:
            return _to_sign_in(request)
        response = templates.render("error.html", status=problem.status, problem=problem)
        response.headers.update(problem.headers)
        return response

    return render


def _to_sign_in(request: AnyRequest) -> Response[Any]:
    """After a POST the way back is the dashboard: what was sent is not sent again."""
    target = request.scope["path"] if request.method == "GET" else "/dashboard"
    if request.method == "GET" and request.scope["query_string"]:
        target += "?" + request.scope["query_string"].decode("latin-1")
    address = f"/sign-in?next={quote(target, safe='')}"
    # htmx follows a redirect by itself and would put the sign-in page into the middle of this one.
    if "hx-request" in request.headers:
        return Response("", status_code=401, headers={"HX-Redirect": address})
    return see_other(address)
