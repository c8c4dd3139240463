"""A stream's life as one table: what comes in each state, and what is to be done (house-style section 6).

Driven by `media_streams/live_stream.py`. Source: reference/twiml 8.1, 9; where they are silent, nothing is
told of a stream that is stopped before its socket is open: it has not started.
"""

from enum import auto
from typing import Final

from offhook.base.symbol import Symbol


class StreamState(Symbol):
    """Where a stream stands."""

    CONNECTING = auto()
    """The socket is being opened, or the call is still to be answered."""
    STREAMING = auto()
    ENDED = auto()


class StreamInput(Symbol):
    """What can happen to it."""

    OPENED = auto()
    """The server has taken the socket."""
    REFUSED = auto()
    """The socket cannot be opened."""
    STOPPED = auto()
    """The document or the API stops it, its verb is left, or the call has ended."""
    CLOSED = auto()
    """The server has closed the socket in order."""
    BROKEN = auto()
    """The socket broke, or the server broke the protocol of WebSockets."""
    STALLED = auto()
    """The server has not read for too long."""


class StreamEffect(Symbol):
    """What is to be done."""

    SEND_START = auto()
    """`connected` and `start`, then media."""
    SEND_STOP = auto()
    CLOSE = auto()
    """The socket."""
    NOTE = auto()
    """The failure, in the debugger log."""
    TELL_STARTED = auto()
    """To the status callback; so are the two below."""
    TELL_STOPPED = auto()
    TELL_ERROR = auto()


_S, _I, _E = StreamState, StreamInput, StreamEffect

IGNORED: Final[tuple[StreamEffect, ...]] = ()

TRANSITIONS: Final[dict[tuple[StreamState, StreamInput], tuple[StreamState, tuple[StreamEffect, ...]]]] = {
    (_S.CONNECTING, _I.OPENED): (_S.STREAMING, (_E.SEND_START, _E.TELL_STARTED)),
    (_S.CONNECTING, _I.REFUSED): (_S.ENDED, (_E.NOTE, _E.TELL_ERROR)),
    (_S.CONNECTING, _I.STOPPED): (_S.ENDED, ()),
    (_S.CONNECTING, _I.CLOSED): (_S.CONNECTING, IGNORED),
    (_S.CONNECTING, _I.BROKEN): (_S.CONNECTING, IGNORED),
    (_S.CONNECTING, _I.STALLED): (_S.CONNECTING, IGNORED),
    (_S.STREAMING, _I.OPENED): (_S.STREAMING, IGNORED),
    (_S.STREAMING, _I.REFUSED): (_S.STREAMING, IGNORED),
    (_S.STREAMING, _I.STOPPED): (_S.ENDED, (_E.SEND_STOP, _E.CLOSE, _E.TELL_STOPPED)),
    (_S.STREAMING, _I.CLOSED): (_S.ENDED, (_E.CLOSE, _E.TELL_STOPPED)),
    (_S.STREAMING, _I.BROKEN): (_S.ENDED, (_E.CLOSE, _E.NOTE, _E.TELL_ERROR)),
    (_S.STREAMING, _I.STALLED): (_S.ENDED, (_E.CLOSE, _E.NOTE, _E.TELL_ERROR)),
    **{(_S.ENDED, input_): (_S.ENDED, IGNORED) for input_ in StreamInput},
}


class StreamLife:
    """Where one stream stands."""

    def __init__(self) -> None:
        self.state = StreamState.CONNECTING

    def handle(self, input_: StreamInput) -> tuple[StreamEffect, ...]:
        """Take an input; what is to be done, in this order."""
        self.state, effects = TRANSITIONS[self.state, input_]
        return effects
