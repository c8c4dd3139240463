"""Connection overrides: how a webhook's URL says, in its fragment, how patiently it wants to be asked.

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides (read 2026-11),
reference/twiml 1.6. A value that is not allowed leaves the default in force. `sni` and `e` are
accepted and change nothing: SNI is always sent, and a node has no edges to choose from.
"""

from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

from offhook.base.frozen import frozen
from offhook.webhook.settings import Settings

MAX_FIELDS: Final = 20
"""Pairs that are read of a fragment; there are seven keys."""


class RetryOn(StrEnum):
    """What a try failed with, in the words of `rp`."""

    CONNECT = "ct"
    """No connection: DNS, TCP or TLS."""
    READ = "rt"
    """Connected, but no answer in time."""
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"


DEFAULT_POLICY: Final = frozenset({RetryOn.CONNECT})


@frozen
class Overrides:
    """How one request is made."""

    connect_timeout_s: float
    """0.1 to 10."""
    read_timeout_s: float
    """0.1 to 15."""
    total_timeout_s: float
    """0.1 to 15."""
    retries: int = 1
    """Tries after the first, 0 to 5."""
    retry_on: frozenset[RetryOn] = DEFAULT_POLICY


def read_overrides(fragment: str, settings: Settings) -> Overrides:
    """The overrides in a URL's fragment, without its `#`. Any fragment is allowed."""
    try:
        fields = dict(parse_qsl(fragment, max_num_fields=MAX_FIELDS)) if fragment else {}
    except ValueError:  # more fields than there are keys: an anchor for something else
        fields = {}
    return Overrides(
        connect_timeout_s=_milliseconds(fields.get("ct"), 10_000, settings.connect_timeout_s),
        read_timeout_s=_milliseconds(fields.get("rt"), 15_000, settings.read_timeout_s),
        total_timeout_s=_milliseconds(fields.get("tt"), 15_000, settings.total_timeout_s),
        retries=_whole(fields.get("rc"), 0, 5, default=1),
        retry_on=_policy(fields.get("rp")),
    )


def _milliseconds(text: str | None, highest: int, default_s: float) -> float:
    value = _whole(text, 100, highest, default=-1)
    return default_s if value < 0 else value / 1_000


def _whole(text: str | None, lowest: int, highest: int, *, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= len(str(highest))):
        return default
    value = int(text)
    return value if lowest <= value <= highest else default


def _policy(text: str | None) -> frozenset[RetryOn]:
    if text is None:
        return DEFAULT_POLICY
    words = frozenset(text.split(","))
    if "all" in words:
        return frozenset(RetryOn)
    if not words <= frozenset(RetryOn):
        return DEFAULT_POLICY
    return frozenset(map(RetryOn, words))
