"""What the caller of a Dial hears until the two are put through (reference/twiml 6.2, sip-interface 11).

    one callee rings, no ringTone --183 with SDP--> its early media: bridged, both ways
    several ring, or `ringTone`                  --> our tone

A caller who is not answered (`answerOnBridge`) hears what its phone makes of our 180; a callee's early media
reaches it behind a 183 with SDP of our own, and where that ends it hears our tone from then on. A whisper is
never heard: the tone is, meanwhile. Used by `dial`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from offhook.twiml.verbs.dial import Dial
from offhook.verbs.dialler import ChildCall
from offhook.verbs.program import Program

DEFAULT_RING_TONE: Final = "us"


class DialRinging:
    """The caller's ear, of one Dial."""

    def __init__(self, verb: Dial, program: Program) -> None:
        self._verb = verb
        self._call = program.call
        self._voice = program.voice
        self._program = program
        self._heard: ChildCall | None = None
        self._is_over = False
        if program.departure is not None:
            program.departure.when_gone(self._ring_on)

    def ring(self) -> None:
        """The tone of the country, again and again, where the caller hears us and talks to nobody."""
        if self._call.leg.is_audible and not self._program.is_talking:
            clip = self._voice.ringback(self._verb.ring_tone or DEFAULT_RING_TONE)
            self._call.leg.audio.stop_playing()
            self._call.leg.audio.enqueue(clip, loops=0)

    def _ring_on(self) -> None:
        """Who transferred the caller has hung up: it hears the tone from now on."""
        if not self._is_over:
            self.ring()

    def end(self) -> None:
        """Nothing of it is heard any more."""
        self._is_over = True
        self._part()
        self._silence()

    def put_through(self, winner: ChildCall) -> None:
        """Bridge the two, unless they have heard each other all along; it is for the Dial now to end that."""
        self._is_over = True
        self._silence()
        heard, self._heard = self._heard, None
        if heard is not winner:
            self._call.leg.bridge(winner.call.leg)

    def _silence(self) -> None:
        if self._call.leg.is_audible:
            self._call.leg.audio.stop_playing()

    def _part(self) -> bool:
        if self._heard is None:
            return False
        self._heard = None
        self._call.leg.unbridge()
        return True

    @asynccontextmanager
    async def following(self, ringing: Sequence[ChildCall]) -> AsyncIterator[None]:
        """Let the caller hear the only one that rings, as long as there is something to hear."""
        if len(ringing) != 1 or self._verb.ring_tone is not None:
            yield
            return
        passing = asyncio.create_task(self._pass_on(ringing[0]))
        try:
            yield
        finally:
            passing.cancel()
            await asyncio.wait([passing])
            if not passing.cancelled():
                passing.result()  # it never returns: raises what went wrong
            if not ringing[0].call.answered.is_set():
                self.stop_hearing()

    async def _pass_on(self, child: ChildCall) -> None:
        while True:
            await child.call.audible.wait(yes=True)
            self._begin(child)
            await child.call.audible.wait(yes=False)
            self.stop_hearing()

    def _begin(self, child: ChildCall) -> None:
        if self._program.is_talking or child.call.answered.is_set() or not self._call.open_early_media():
            return
        self._silence()
        self._call.leg.bridge(child.call.leg)
        self._heard = child

    def stop_hearing(self) -> None:
        """Nothing of the callee is for the caller's ear any more: the tone again."""
        if self._part():
            self.ring()
