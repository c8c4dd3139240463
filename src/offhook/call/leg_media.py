"""The media of one leg: its port, what is told of it in SDP, its bridge.

    nothing --open--> a port --begin--> it hears and says what was agreed --close--> nothing again
                         early media: begun before the answer, ended where the callee refuses

Owned by `call/leg.py`, which says when.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.errors import UsageError
from offhook.call.audio import KeySource, LegAudio
from offhook.call.info_digits import InfoDigits
from offhook.call.media_plan import media_plan, srtp_keys
from offhook.call.negotiation import Negotiation
from offhook.media.ports import MediaPort
from offhook.media.ports.engine import MediaEngine
from offhook.media.ports.event import MarkPassed, MediaEvent, TapHeard
from offhook.media.ports.room import MemberPlan, Room
from offhook.sdp.offer_answer import LocalAudio
from offhook.sip.session.invite_session import InviteSession
from offhook.transport.ports import SipEndpoint

DISCARD_PORT: Final = 9
"""Stands in an answer that is made only to see whether one can be made (RFC 863)."""


class LegMedia:
    """See the head of the file."""

    def __init__(
        self,
        engine: MediaEngine,
        endpoint: SipEndpoint,
        negotiation: Negotiation,
        sdp_session_id: int,
        receiver: Callable[[MediaEvent], None],
    ) -> None:
        """sdp_session_id: of `o=`; the first version as well. receiver: of the port's events."""
        self._engine = engine
        self._endpoint = endpoint
        self._negotiation = negotiation
        self._sdp_session_id = sdp_session_id
        self._receiver = receiver
        self._audio: LegAudio | None = None
        self._partner: LegMedia | None = None
        self.port: MediaPort | None = None
        """Kept after the end for its last counters."""
        self.is_early = False
        """Whether it was begun before the answer."""
        self.is_closed = False

    @property
    def audio(self) -> LegAudio:
        """What it hears and says. Raises: UsageError before its port is open."""
        if self._audio is None:
            raise UsageError("a leg has audio from its answer on")
        return self._audio

    @property
    def is_recording(self) -> bool:
        """Whether the file of a recording is not whole yet, after its end too."""
        return self._audio is not None and self._audio.is_recording

    def open(self, session: Callable[[], InviteSession | None]) -> None:
        """Have a port; with one nothing happens. session: the leg's, for keys by INFO.

        Raises: NoFreePortError.
        """
        if self.port is not None:
            return  # since its early media
        self.port = self._engine.open_port(self._handle_event)
        self._audio = LegAudio(self.port, InfoDigits(self._endpoint, session))

    def _handle_event(self, event: MediaEvent) -> None:
        """Sound goes straight to who listens: it changes nothing of the leg, and must not wait or pile up."""
        if isinstance(event, TapHeard | MarkPassed):
            self.audio.handle_event(event)
        else:
            self._receiver(event)

    def apply(self) -> None:
        """Hear and say what is agreed on."""
        if self.port is not None and self._negotiation.agreement is not None:
            self.port.secure(srtp_keys(self._negotiation.agreement))
            self.port.apply(media_plan(self._negotiation.agreement))

    def begin(self) -> None:
        """The call is answered."""
        if self.is_early and self.port is not None and self._negotiation.agreement is not None:
            # Nobody has to speak before the answer: the media timeout begins here, anew.
            self.port.apply(replace(media_plan(self._negotiation.agreement), receives=False))
        self.apply()

    def begin_early(self) -> None:
        """It is heard before the answer."""
        self.is_early = True
        self.apply()

    def end_early(self) -> None:
        """Who was heard has refused; another one may be tried, and nothing is sent meanwhile."""
        if self.is_early and self.port is not None and self._negotiation.agreement is not None:
            plan = media_plan(self._negotiation.agreement)
            self.port.apply(replace(plan, sends=False, receives=False))
        self.is_early = False

    def local(self, host: str, *, port: int | None = None) -> LocalAudio:
        """What is told of it. port: None is its own, or one that stands for none."""
        if port is None:
            port = self.port.rtp_port if self.port is not None else DISCARD_PORT
        return LocalAudio(host=host, port=port, session_id=self._sdp_session_id, version=self._sdp_session_id)

    def bridge(self, other: "LegMedia") -> None:
        """Let its peer and another's hear each other. Raises: UsageError before both have a port."""
        if self.port is None or other.port is None:
            raise UsageError("legs are bridged once they are answered, or have early media")
        self.port.join(other.port)
        self._partner, other._partner = other, self

    def unbridge(self) -> None:
        """End the bridge, for both sides; without one nothing happens."""
        if self.port is not None:
            self.port.unjoin()
        if self._partner is not None:
            self._partner._partner = None
        self._partner = None

    def enter(self, room: Room, plan: MemberPlan) -> None:
        """Let its peer into a room; the bridge that it is in ends, and once it has ended nothing happens."""
        if self.port is None:
            raise UsageError("a leg enters a room once it is answered, or has early media")
        if not self.is_closed:
            self.unbridge()
            room.enter(self.port, plan)

    def change_in(self, room: Room, plan: MemberPlan) -> None:
        """Give its peer another plan in its room."""
        if self.port is not None:
            room.change(self.port, plan)

    def leave(self, room: Room) -> None:
        """Take its peer out of a room."""
        if self.port is not None:
            room.leave(self.port)

    def handle_info_key(self, key: str) -> None:
        """Take a key that came by INFO, and pass it on over a bridge, where RTP would pass by itself.

        Who sends both has it passed on there.
        """
        audio = self._audio
        if audio is None or not audio.handle_key(key, KeySource.INFO) or audio.has_heard_keys:
            return
        partner = self._partner
        if partner is not None and not partner.is_closed:
            partner.audio.pass_on(key)

    def close(self) -> None:
        """Free its port."""
        self.is_closed = True
        if self._audio is not None:
            self._audio.stop_informing()
        if self.port is not None:
            self.port.close()
