"""A mail is a folder: `<package>/mails/<name>/` with `subject.txt`, `body.txt` and `body.html`."""

from functools import cache

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, select_autoescape

from qwalo.platform.mail.message import one_line


class Rendered(msgspec.Struct, frozen=True):
    subject: str
    text: str
    html: str


def render(package: str, name: str, **context: object) -> Rendered:
    """The mail `name` of `package` (`qwalo.invitees`). Texts are put in as one line each: a title with
    line breaks or direction marks could otherwise write paragraphs of its own into the mail.

    Raises:
        jinja2.UndefinedError: a template names something that `context` lacks.
        jinja2.TemplateNotFound: there is no such mail.
    """
    values = {key: one_line(value) if isinstance(value, str) else value for key, value in context.items()}
    templates = _templates(package)
    subject, text, html = (
        templates.get_template(f"{name}/{part}").render(values) for part in ("subject.txt", "body.txt", "body.html")
    )
    return Rendered(subject=one_line(subject), text=text, html=html)


@cache
def _templates(package: str) -> Environment:
    layouts = PrefixLoader({"layouts": PackageLoader(__package__, "layouts")})
    return Environment(
        loader=ChoiceLoader([layouts, PackageLoader(package, "mails")]),
        autoescape=select_autoescape(enabled_extensions=("html",), disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
