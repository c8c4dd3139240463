"""How the node logs: one line per event on standard error, key=value for eyes, JSON for machines."""

import json
import logging
import sys
from typing import Final

import structlog

from offhook.base.clock import SystemClock

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
