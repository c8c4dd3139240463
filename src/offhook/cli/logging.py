"""How the node logs: one line per event on standard error, key=value for eyes, JSON for machines."""

import asyncio
import json
import logging
import sys
import threading
from types import TracebackType
from typing import Any, Final

import structlog

from offhook.base.clock import SystemClock

log = structlog.get_logger("offhook.cli")

_CLOCK: Final = SystemClock()
_ENCODER: Final = json.JSONEncoder(default=repr)
"""What JSON has no form for is shown as Python shows it."""


def set_up_logging(level: str, *, as_json: bool) -> None:
    """Configure structlog for this process.

    level: debug, info, warning or error.
    """
    processors: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, as_json_line]
    if not as_json:
        processors = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def as_json_line(_: object, level: str, event: structlog.typing.EventDict) -> str:
    """The last processor of a node: one of its calls has three lines, so that each layer less counts."""
    event["level"] = level
    event["timestamp"] = _CLOCK.utc_now().isoformat().replace("+00:00", "Z")
    return _ENCODER.encode(event)


def log_what_nobody_caught() -> None:
    """Have this process log what Python and its libraries would print as they like.

    Exceptions that end it, a thread or a finalizer, warnings, and what libraries log from WARNING on. What
    fails on a loop is told by `log_failure_of_loop`, its exception handler.
    """
    sys.excepthook = _log_end
    sys.unraisablehook = lambda args: log.error(
        "node.finalizer_failed", what=repr(args.object), exc_info=args.exc_value
    )
    threading.excepthook = lambda args: log.error(
        "node.thread_failed", thread=args.thread.name if args.thread else "", exc_info=args.exc_value
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.WARNING, handlers=[_LibraryLog()], force=True)


def log_failure_of_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a callback raised, or a task whose end nobody asked for."""
    whose = next(
        (repr(context[key]) for key in ("handle", "task", "future", "protocol") if key in context), ""
    )
    log.error("node.callback_failed", text=context["message"], whose=whose, exc_info=context.get("exception"))


def _log_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("node.died", exc_info=error)


class _LibraryLog(logging.Handler):
    """A library's record as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it."""
        log.log(
            record.levelno,
            "library.log",
            library=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info,
        )
