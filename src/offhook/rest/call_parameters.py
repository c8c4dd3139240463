"""What requests say of a call's course: its document, the fallback, and who is told.

Of a call that is placed, or of one that is changed while it runs. Source: reference/rest-api 2.2.
"""

from typing import Final

from offhook.call.progress import StatusCallback
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.parameters import (
    Parameter,
    Values,
    http_method,
    http_url,
    words,
)
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import ProgressEvent

URL: Final[Parameter[str | None]] = Parameter("Url", http_url, 21205, None)
METHOD: Final = Parameter("Method", http_method, 21209, "POST")
FALLBACK_URL: Final[Parameter[str | None]] = Parameter("FallbackUrl", http_url, 21205, None)
FALLBACK_METHOD: Final = Parameter("FallbackMethod", http_method, 21209, "POST")
TWIML: Final[Parameter[str | None]] = Parameter("Twiml", str, 32018, None)
STATUS_CALLBACK: Final[Parameter[str | None]] = Parameter("StatusCallback", http_url, 21609, None)
STATUS_CALLBACK_METHOD: Final = Parameter("StatusCallbackMethod", http_method, 21209, "POST")
STATUS_CALLBACK_EVENT: Final[Parameter[frozenset[ProgressEvent]]] = Parameter(
    "StatusCallbackEvent",
    words(ProgressEvent),
    21626,
    frozenset({ProgressEvent.COMPLETED}),
    is_repeated=True,
)
TWIML_MAX: Final = 4000
DAY_S: Final = 24 * 3600
"""Longest call that any node takes."""


def start_of(values: Values) -> GoTo | InlineDocument:
    """The document that runs: Url beats Twiml (reference/rest-api 2.2). Raises: ApiError without either."""
    url, twiml = values[URL], values[TWIML]
    if url is not None:
        return GoTo(url, values[METHOD])
    if twiml is None:
        raise ApiError(URL.code, "Url parameter is required: there is neither Url nor Twiml")
    if len(twiml) > TWIML_MAX:
        raise ApiError(TWIML.code, f"Twiml is longer than {TWIML_MAX} characters")
    return InlineDocument(twiml)


def status_callback_of(values: Values) -> StatusCallback | None:
    """Who is told how the call goes; None when nobody is."""
    url = values[STATUS_CALLBACK]
    if url is None:
        return None
    return StatusCallback(url, values[STATUS_CALLBACK_METHOD], values[STATUS_CALLBACK_EVENT])


def time_limit(wanted_s: int | None, longest_s: int) -> int | None:
    """TimeLimit as this node allows it. Raises: ApiError."""
    if wanted_s is not None and wanted_s > longest_s:
        raise ApiError(INVALID_PARAMETER, f"Invalid TimeLimit: it must be 1 to {longest_s}")
    return wanted_s
