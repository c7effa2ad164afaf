"""The interactive page of the API, from files of our own: it works without the internet."""

from litestar import Controller, Response, get

from qwalo.platform.http.marks import PAGE, PUBLIC
from qwalo.platform.http.openapi import ADDRESS
from qwalo.web.redirects import see_other
from qwalo.web.rendering import Templates


class DocumentationPages(Controller):
    opt = {PAGE: True, PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    templates: Templates

    @get("/")
    async def front(self) -> Response[str]:
        return see_other("/dashboard")

    @get("/docs")
    async def docs(self) -> Response[str]:
        return self.templates.render("docs.html", openapi=ADDRESS)
