"""Logs: one line an event, for people on a terminal and as JSON elsewhere."""

import logging
import re
import sys
from typing import Any

import structlog

from qwalo.platform.http.origin import current_origin

# Nobody writes these on purpose. What is logged of an error is a library's own sentence, and could hold one.
_SECRETS = (
    (re.compile(r"(\w://[^\s/:@\"']*:)[^\s@\"']+@"), r"\1***@"),
    (re.compile(r"(?i)(bearer\s+)[\w.~+/=-]{8,}"), r"\1***"),
    (re.compile(r"(?i)(password=)(?:'[^']*'|[^\s&\"',]+)"), r"\1***"),
    (re.compile(r"(/(?:i|sign-in|observe|memberships)/)[\w.~-]{8,}"), r"\1***"),
    (re.compile(r"\b(qwk_|whsec_)[\w+/=-]{8,}"), r"\1***"),
    # Of an error, PostgreSQL repeats the values there: people's addresses, or a whole row.
    (re.compile(r"((?:DETAIL|HINT|CONTEXT): ).*?(?=\\n|\n|\",|\"}|$)"), r"\1***"),
)


def configure() -> None:
    """Set up structlog, and let the libraries speak only from a warning on, in lines of the same kind."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers = _renderers(sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, *renderers, _without_secrets],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers, _without_secrets],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _renderers(terminal: bool) -> list[structlog.types.Processor]:
    # Never the values of local variables: they hold tokens and people's data.
    if terminal:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _add_request_id(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Read when something is logged, which few requests do, instead of bound for each of them."""
    request_id = current_origin().request_id
    if request_id is not None:
        event["request_id"] = request_id
    return event


def _without_secrets(_: Any, __: str, line: Any) -> str:
    """The last lock, on the line as it is written."""
    text = str(line)
    for pattern, kept in _SECRETS:
        text = pattern.sub(kept, text)
    return text
