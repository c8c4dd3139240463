"""The states of a conference and of its participants: two tables, each proved total by a test.

                two are there, and one of them may start it
        INIT ------------------------------------------------> IN_PROGRESS
          '---------- ended -----------> COMPLETED <---------- ended --'

                      the conference starts
        WAITING ---------------------------------> TALKING
          ^ |  hold            hold | ^
     unhold | v                     v | unhold
        WAITING_HELD -------------> TALKING_HELD          and from each: leave -> GONE

Run by `conference.py` and `participant.py`. Source: reference/twiml 6.7. Where the page is silent: a
conference that has started stays so although one is left alone in it.
"""

from enum import auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.model.conference import ConferenceStatus


class ConferenceInput(Symbol):
    """What can happen to a conference."""

    SUFFICIENT = auto()
    """Two are there, and one of them may start it."""
    END = auto()
    """The last left, one who ends it did, or the API says so."""


class ConferenceEffect(Symbol):
    """What is done about it."""

    LET_TALK = auto()
    """Everybody hears everybody; the recording begins."""
    LET_GO = auto()
    """Everybody leaves; the recording ends."""


IGNORED: Final = None

_INIT, _RUNNING, _OVER = ConferenceStatus.INIT, ConferenceStatus.IN_PROGRESS, ConferenceStatus.COMPLETED

CONFERENCE: Final[
    dict[
        tuple[ConferenceStatus, ConferenceInput], tuple[ConferenceStatus, tuple[ConferenceEffect, ...]] | None
    ]
] = {
    (_INIT, ConferenceInput.SUFFICIENT): (_RUNNING, (ConferenceEffect.LET_TALK,)),
    (_INIT, ConferenceInput.END): (_OVER, (ConferenceEffect.LET_GO,)),
    (_RUNNING, ConferenceInput.SUFFICIENT): IGNORED,
    (_RUNNING, ConferenceInput.END): (_OVER, (ConferenceEffect.LET_GO,)),
    (_OVER, ConferenceInput.SUFFICIENT): IGNORED,
    (_OVER, ConferenceInput.END): IGNORED,
}


class Seat(Symbol):
    """Where a participant stands."""

    WAITING = auto()
    """It hears the wait document, and is not heard."""
    WAITING_HELD = auto()
    """It hears the hold document, in a conference that has not started."""
    TALKING = auto()
    """It hears the others."""
    TALKING_HELD = auto()
    """It hears the hold document, and is not heard."""
    GONE = auto()

    @property
    def is_held(self) -> bool:
        """Whether it hears the hold document alone."""
        return self in (Seat.WAITING_HELD, Seat.TALKING_HELD)


class SeatInput(Symbol):
    """What can happen to a participant."""

    STARTED = auto()
    """The conference starts."""
    HOLD = auto()
    UNHOLD = auto()
    LEAVE = auto()


SEATS: Final[dict[tuple[Seat, SeatInput], Seat | None]] = {
    (Seat.WAITING, SeatInput.STARTED): Seat.TALKING,
    (Seat.WAITING, SeatInput.HOLD): Seat.WAITING_HELD,
    (Seat.WAITING, SeatInput.UNHOLD): IGNORED,
    (Seat.WAITING, SeatInput.LEAVE): Seat.GONE,
    (Seat.WAITING_HELD, SeatInput.STARTED): Seat.TALKING_HELD,
    (Seat.WAITING_HELD, SeatInput.HOLD): IGNORED,
    (Seat.WAITING_HELD, SeatInput.UNHOLD): Seat.WAITING,
    (Seat.WAITING_HELD, SeatInput.LEAVE): Seat.GONE,
    (Seat.TALKING, SeatInput.STARTED): IGNORED,
    (Seat.TALKING, SeatInput.HOLD): Seat.TALKING_HELD,
    (Seat.TALKING, SeatInput.UNHOLD): IGNORED,
    (Seat.TALKING, SeatInput.LEAVE): Seat.GONE,
    (Seat.TALKING_HELD, SeatInput.STARTED): IGNORED,
    (Seat.TALKING_HELD, SeatInput.HOLD): IGNORED,
    (Seat.TALKING_HELD, SeatInput.UNHOLD): Seat.TALKING,
    (Seat.TALKING_HELD, SeatInput.LEAVE): Seat.GONE,
    **{(Seat.GONE, step): IGNORED for step in SeatInput},
}
