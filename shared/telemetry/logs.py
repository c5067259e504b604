"""One JSON line per fact on stdout: a fixed event name and fields, no sentences, no secrets."""

import logging
import math
import sys
from typing import Any, Literal

import orjson
import structlog
from opentelemetry import trace
from structlog.tracebacks import ExceptionDictTransformer

from shared.clock import monotonic

SELDOM_SECONDS = 60.0
SELDOM_KEYS_MAX = 500
REASON_LENGTH_MAX = 200

_seldom: dict[tuple[str, str], tuple[float, int]] = {}
_HIDDEN = frozenset({"password", "pin", "token", "authorization", "secret", "hand_over", "details", "reauthentication"})


def configure(service: str, instance: str, level: str) -> None:
    """Send every log line of the process, also those of libraries, as JSON to stdout."""
    number = logging.getLevelNamesMapping()[level.upper()]
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace_id,
        _hide,
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(serializer=_line),
    ]
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    root = logging.getLogger()
    root.handlers[:] = [_Forward()]
    root.setLevel(logging.WARNING)


def logger() -> Any:
    """The process's logger; call it as `log.info("order.transition", row="T7", number=…)`."""
    return structlog.get_logger()


def log_seldom(event: str, *, reason: str, level: Literal["warning", "error"] = "warning", **fields: Any) -> None:
    """Log what repeats during an outage: at once, then once a minute with the number of repetitions."""
    repeated = _repeated(event, reason)
    if repeated is not None:
        getattr(logger(), level)(event, reason=reason[:REASON_LENGTH_MAX], **fields, **repeated)


def _repeated(event: str, reason: str) -> dict[str, int] | None:
    """None when this was logged less than a minute ago, else how many repetitions were left out since."""
    now = monotonic()
    if len(_seldom) > SELDOM_KEYS_MAX:
        _seldom.clear()
    logged_at, left_out = _seldom.get((event, reason), (-math.inf, 0))
    if now - logged_at < SELDOM_SECONDS:
        _seldom[event, reason] = (logged_at, left_out + 1)
        return None
    _seldom[event, reason] = (now, 0)
    return {"repeated": left_out} if left_out else {}


class _Forward(logging.Handler):
    """Lines of libraries become JSON lines with the library's name, each at most once a minute."""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        repeated = _repeated(record.name, message)
        if repeated is not None:
            line = structlog.get_logger().bind(library=record.name, **repeated)
            report = line.error if record.levelno >= logging.ERROR else line.warning
            report("library", message=message, exc_info=record.exc_info or None)


def _line(fields: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(fields, default=str).decode()


def _hide(_logger: Any, _method: str, fields: Any) -> Any:
    for name in _HIDDEN.intersection(fields):
        fields[name] = "hidden"
    return fields


def _trace_id(_logger: Any, _method: str, fields: Any) -> Any:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        fields["trace_id"] = f"{context.trace_id:032x}"
    return fields
