"""Leg: one Call's signalling and media.

An INVITE session on one side, a media port on the other, and the few rules between them: the
answer opens the media, the end closes both. Called by `call/call.py` and `phone/phone_call.py`,
which own it: they pass on its events (`handle_event`), command it, and read `state` and `end`. Its
states and what leads from one to another are in `call/leg_state.py`.
"""

from collections.abc import Callable
from typing import Final

from offhook.base.errors import PeerError, UsageError
from offhook.base.ids import Chance
from offhook.call.audio import LegAudio
from offhook.call.destination import Attempt
from offhook.call.dialling import Branch
from offhook.call.info_digits import key_of
from offhook.call.leg_media import DISCARD_PORT, LegMedia
from offhook.call.leg_state import TRANSITIONS, LegCause, LegEffect, LegEnd, LegInput, LegState
from offhook.call.negotiation import Negotiation
from offhook.call.outgoing import Outgoing
from offhook.call.referrals import Referrals
from offhook.call.sdp_fault import error_code_of, warning_of
from offhook.call.sip_messages import SipMessages
from offhook.media.ports import MediaPort
from offhook.media.ports.engine import MediaEngine, NoFreePortError
from offhook.media.ports.event import (
    DigitReceived,
    DigitsSent,
    MarkPassed,
    MediaEvent,
    PlaybackEnded,
    RecordingEnded,
    TapHeard,
    VoiceEnded,
    VoiceStarted,
)
from offhook.sdp.direction import Direction
from offhook.sdp.error import Obstacle, not_acceptable
from offhook.sdp.offer_answer import LocalAudio, wants_srtp
from offhook.sdp.session_description import SessionDescription
from offhook.sip.body import content_type, description_of
from offhook.sip.error import SipError
from offhook.sip.event import (
    Accepted,
    Acknowledged,
    Canceled,
    EndCause,
    Ended,
    Event,
    InfoReceived,
    MessageAnswered,
    MessageReceived,
    OfferReceived,
    Progressed,
    ReferEnded,
    ReferProgressed,
    Referred,
    Refused,
)
from offhook.sip.session.invite_session import InviteSession
from offhook.transport.ports import NoRouteError, SipEndpoint

Header = tuple[str, str]
LegEvent = Event | MediaEvent
"""What happens to a leg: news of its session and of its port."""


class Leg:
    """One Call's signalling and media, alive in this process.

    Exactly one of `take` and `dial` comes first.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        media: MediaEngine,
        chance: Chance,
        receiver: Callable[[LegEvent], None],
    ) -> None:
        """receiver: where the events of its session and its port go, in order; its owner reads them there."""
        self._endpoint = endpoint
        self._receiver = receiver
        sdp_session_id = int(chance.hex(4), 16)
        self._session: InviteSession | None = None
        self._outgoing: Outgoing | None = None
        self._negotiation = Negotiation(chance)
        self._media = LegMedia(media, endpoint, self._negotiation, sdp_session_id, receiver)
        self._headers: tuple[Header, ...] = ()
        self._refusal: tuple[int, str | None] = (500, None)
        self._is_finished = False
        self._settled_tag: str | None = None
        self._media_host = ""
        self._final_headers: tuple[Header, ...] = ()
        self.referrals = Referrals(endpoint, lambda: self.session)
        self.messages = SipMessages(endpoint, lambda: self._session)
        self.state = LegState.INCOMING
        self.end: LegEnd | None = None

    # What is known

    @property
    def session(self) -> InviteSession:
        """The signalling. Raises: UsageError before `take`, or before a branch of `dial` answered."""
        if self._session is None:
            raise UsageError("a leg has a session from take() on, or once a branch has answered")
        return self._session

    @property
    def audio(self) -> LegAudio:
        """What it hears and says. Raises: UsageError before its port is open."""
        return self._media.audio

    @property
    def port(self) -> MediaPort | None:
        """Its media port, once it has one; kept after the end for its last counters."""
        return self._media.port

    @property
    def is_ringing(self) -> bool:
        """Whether a callee is being alerted."""
        return self._outgoing is not None and self._outgoing.is_ringing

    @property
    def is_audible(self) -> bool:
        """Whether it and its peer can hear each other: it is answered, or there is early media (RFC 3960)."""
        return self.state is LegState.ANSWERED or (self._media.is_early and not self.is_ended)

    @property
    def is_secure(self) -> bool:
        """Whether its media is SRTP, or nothing: plain RTP is neither offered nor taken."""
        return self._negotiation.is_secure

    @property
    def direction(self) -> Direction:
        """Which way its audio flows, as seen from here: what a hold of the peer's changes."""
        agreement = self._negotiation.agreement
        return Direction.SENDRECV if agreement is None else agreement.direction

    def is_of(self, session: InviteSession) -> bool:
        """Whether this is its session, or one of those that it dials."""
        return session is self._session or session in self.invitations

    @property
    def invitations(self) -> tuple[InviteSession, ...]:
        """The sessions of what it dials, until one is accepted: by these its INVITEs are known again."""
        return self._outgoing.sessions if self._outgoing is not None else ()

    def poll_given_up(self) -> list[Branch]:
        """The attempts to reach a callee that failed, and were followed by another; each is told once."""
        return self._outgoing.poll_given_up() if self._outgoing is not None else []

    @property
    def final_headers(self) -> tuple[Header, ...]:
        """Headers of a callee's final response to our INVITE; what its answer to our BYE says anew counts."""
        return self._final_headers

    @property
    def is_ended(self) -> bool:
        """Whether nothing follows."""
        return self.state is LegState.ENDED

    @property
    def is_finished(self) -> bool:
        """Whether the peer knows as well: our BYE or CANCEL was answered, or nobody will answer it."""
        return self._is_finished

    @property
    def is_recording(self) -> bool:
        """Whether the file of a recording is not whole yet, after its end too."""
        return self._media.is_recording

    # Commands

    def take(self, session: InviteSession) -> None:
        """Become the leg of a peer's INVITE."""
        self._session = session
        self._endpoint.attach(session, self._receiver)

    def consider_offer(self, *, is_secure: bool = False, as_offered: bool = False) -> None:
        """Read the INVITE's offer: a bad one is refused before it rings.

        is_secure: whether SRTP alone is taken, and offered where the INVITE has no offer; else plain RTP
        alone is, or with `as_offered` what the offer has.
        Raises: PeerError, whose `status` is the answer (400, 488), when it cannot be answered.
        """
        body = description_of(self.session.request)
        if as_offered and body and not is_secure:
            is_secure = wants_srtp(SessionDescription.parse(body))
        self._negotiation.protect(is_secure=is_secure)
        self._negotiation.consider(
            body, self._media.local(self.session.flow.advertised.host, port=DISCARD_PORT)
        )
        self._choose_media_host(self.session)

    def dial(self, *attempts: Attempt) -> None:
        """Ring every destination of the first attempt with an offer of our own, of the next when that failed.

        The first branch that answers becomes the leg's session.
        Raises: NoFreePortError; UsageError without a destination.
        """
        if not attempts or not all(attempt.destinations for attempt in attempts):
            raise UsageError("nobody is to be rung")
        self.state = LegState.DIALLING
        self._media.open(lambda: self._session)
        self._outgoing = Outgoing(
            self._endpoint,
            attempts,
            self._offer,
            self._receiver,
        )
        self._outgoing.dial()
        self._endpoint.flush()

    def _offer(self, attempt: Attempt) -> bytes:
        self._negotiation.protect(is_secure=attempt.is_secure)
        self._media_host = attempt.media_host
        return self._negotiation.offer(self._local_audio())

    def ring(self, headers: tuple[Header, ...] = ()) -> None:
        """Tell the caller that it rings (180). Nothing happens once the leg is answered or ended."""
        if self.state is LegState.INCOMING:
            self.session.ring(self._endpoint.now(), headers=headers)
            self._endpoint.flush()

    def open_early_media(self, headers: tuple[Header, ...] = ()) -> bool:
        """Let the caller hear what is sent before the answer (183 with SDP); whether it can.

        It cannot where its INVITE made no offer. Twice is once. Raises: NoFreePortError.
        """
        if self.state is LegState.INCOMING and not self._media.is_early and self._negotiation.has_offer:
            self._media.open(lambda: self._session)
            answer = self._negotiation.answer_early(self._local_audio())
            self._media.begin_early()
            self.session.ring(self._endpoint.now(), 183, headers, answer)
            self._endpoint.flush()
        return self.is_audible

    def answer(self, headers: tuple[Header, ...] = ()) -> None:
        """Accept the call (200) and start its audio. Answering twice is answering once.

        Raises: NoFreePortError; the leg is then refused with 503.
        """
        self._headers = headers
        self._step(LegInput.ANSWER)

    def refuse(self, status: int, text: str | None = None, headers: tuple[Header, ...] = ()) -> None:
        """Turn the call down with a final response, 300 to 699. Nothing happens once it is answered."""
        if self.state is LegState.INCOMING:
            self._headers = headers
            self._refusal = (status, text)
            self.end = LegEnd(LegCause.REFUSED_HERE, status, text or "")
            self._step(LegInput.REFUSE)

    def hang_up(self, headers: tuple[Header, ...] = (), text: str = "") -> None:
        """End it in whichever way its state asks for: 480, CANCEL or BYE."""
        if self.is_ended:
            return
        self._headers = headers
        dialling = self._outgoing if self.state is LegState.DIALLING else None
        sip_call_id = dialling.sip_call_id if dialling is not None else ""
        self.end = LegEnd(*_HANG_UPS[self.state], text, sip_call_id)
        self._step(LegInput.HANG_UP)

    def bridge(self, other: "Leg") -> None:
        """Let its peer and another leg's hear each other; without effect once one of them has ended.

        Raises: UsageError before both are answered or have early media.
        """
        self._media.bridge(other._media)

    def unbridge(self) -> None:
        """End the bridge, for both sides; without one nothing happens."""
        self._media.unbridge()

    @property
    def media(self) -> LegMedia:
        """Its port, for the rooms that it enters."""
        return self._media

    # Events

    def handle_event(self, event: LegEvent) -> None:
        """Take one event of this leg's session or port."""
        self._is_finished = self._is_finished or isinstance(event, Canceled | Ended)
        match event:
            case Progressed():
                self._handle_progressed(event)
            case Accepted():
                self._handle_accepted(event)
            case Refused():
                self._handle_refused(event)
            case Canceled():
                self._close(LegInput.CANCELED, LegEnd(LegCause.GIVEN_UP_THERE, 487, "the caller gave up"))
            case Acknowledged():
                self._handle_acknowledged(event.description)
            case OfferReceived():
                self._handle_offer(event)
            case Ended(cause=cause, response=response):
                if response is not None and self._outgoing is not None:
                    self._final_headers = _renewed(self._final_headers, response.headers.fields)
                self._close(LegInput.CLOSED, LegEnd(*_ENDINGS.get(cause, _BROKEN), cause.name.lower()))
            case InfoReceived() | MessageReceived() | MessageAnswered():
                self._handle_said(event)
            case ReferProgressed() | ReferEnded() | Referred():
                self.referrals.handle_event(event)
            case (
                DigitReceived()
                | PlaybackEnded()
                | DigitsSent()
                | RecordingEnded()
                | VoiceStarted()
                | VoiceEnded()
                | TapHeard()
                | MarkPassed()
            ):
                self.audio.handle_event(event)
            case _:
                pass  # nothing of the leg depends on the media timeout and other news

    def _handle_progressed(self, event: Progressed) -> None:
        if self._outgoing is None or self.state is not LegState.DIALLING:
            return
        self._outgoing.handle_progressed(event)
        if event.description and self._outgoing.is_alone:
            try:
                self._negotiation.foresee(event.description, event.tag)
            except PeerError:
                return  # it rings all the same; whether there can be audio is for its 2xx to say
            self._media.begin_early()

    def _handle_accepted(self, event: Accepted) -> None:
        if self._outgoing is None or self.state is not LegState.DIALLING:
            return  # the core ends what was answered after we had canceled it
        self._session = event.session
        self._final_headers = event.response.headers.fields
        self._outgoing.handle_accepted(event)
        try:
            if self._settled_tag == event.response.to.tag:
                self._negotiation.settle()
            else:
                self._negotiation.accept_answer(event.description, event.response.to.tag or "")
        except PeerError as error:
            # RFC 3261 §13.2.2.4: the ACK has left; a session without usable media is ended by BYE.
            self._step(LegInput.ACCEPTED)
            self.end = LegEnd(
                LegCause.BROKEN,
                error.status,
                f"the answer cannot be used: {error}",
                event.session.call_id,
                error_code=error_code_of(error),
            )
            self._step(LegInput.HANG_UP)
            return
        self._step(LegInput.ACCEPTED)

    def _handle_refused(self, event: Refused) -> None:
        if self._outgoing is None:
            return
        if self.state is LegState.DIALLING:
            self._outgoing.handle_refused(event)
            self._media.end_early()
            if self._outgoing.has_failed:
                worst = self._outgoing.best_failure
                self._final_headers = worst.headers
                self._close(
                    LegInput.REFUSED,
                    LegEnd(
                        LegCause.REFUSED_THERE,
                        worst.status,
                        worst.text,
                        worst.sip_call_id,
                        has_response=worst.has_response,
                        uri=str(worst.destination.uri),
                    ),
                )
        else:
            self._outgoing.forget(event.session)
        # Canceled branches of a leg that was answered end beside it and change nothing.
        self._is_finished = self._is_finished or (self.is_ended and not self._has_session_left)
        self._endpoint.flush()

    @property
    def _has_session_left(self) -> bool:
        return self._session is not None or (self._outgoing is not None and not self._outgoing.is_over)

    def _handle_acknowledged(self, body: bytes) -> None:
        if not self._negotiation.awaits_answer or self.state is not LegState.ANSWERED:
            return
        try:
            self._negotiation.accept_answer(body)
        except PeerError as error:
            self.end = LegEnd(
                LegCause.HUNG_UP_HERE,
                200,
                f"the answer in the ACK cannot be used: {error}",
                error_code=error_code_of(error),
            )
            self._headers = ()
            self._step(LegInput.HANG_UP)
            return
        self._media.apply()

    def _handle_offer(self, event: OfferReceived) -> None:
        session, now = event.session, self._endpoint.now()
        if not self.is_audible:
            session.reject(481, now)
        else:
            try:
                self._negotiation.consider(event.description, self._local_audio())
                self._choose_media_host(session)
                answer = self._negotiation.respond(self._local_audio())
            except PeerError as error:
                session.reject(error.status or 488, now, headers=warning_of(error))
            else:
                if self.state is LegState.DIALLING:
                    self._settled_tag = event.tag
                self._media.apply()
                session.accept(answer, now)
        self._endpoint.flush()

    def _handle_said(self, event: InfoReceived | MessageReceived | MessageAnswered) -> None:
        if isinstance(event, InfoReceived):
            self._handle_info(event)
        else:
            self.messages.handle_event(event)

    def _handle_info(self, event: InfoReceived) -> None:
        request, status = event.incoming.request, 200
        try:
            key = key_of(content_type(request), request.body)
        except SipError as error:
            status = error.status or 400
        else:
            self._media.handle_info_key(key)
        event.session.respond(event.incoming, status, self._endpoint.now())
        self._endpoint.flush()

    # The machine

    def _close(self, step: LegInput, end: LegEnd) -> None:
        if not self.is_ended:
            self.end = end
        self._step(step)

    def _step(self, step: LegInput) -> None:
        transition = TRANSITIONS[self.state, step]
        if transition is None:
            return
        self.state, effects = transition
        for effect in effects:
            self._perform(effect)
        if self.is_ended:
            self.messages.close()
        self._endpoint.flush()

    def _perform(self, effect: LegEffect) -> None:
        now = self._endpoint.now()
        match effect:
            case LegEffect.OPEN_PORT:
                self._open_port_or_refuse()
            case LegEffect.START_MEDIA:
                self._media.begin()
            case LegEffect.SEND_ANSWER:
                answer = self._negotiation.respond(self._local_audio())
                self._media.begin()  # listen before the peer is told where to send
                self.session.accept(answer, now, headers=self._headers)
            case LegEffect.SEND_REFUSAL:
                status, text = self._refusal
                self.session.reject(status, now, reason=text, headers=self._headers)
                self._is_finished = True
            case LegEffect.SEND_CLOSE:
                self._send_close(now)
            case LegEffect.CLOSE_MEDIA:
                self._media.close()

    def _send_close(self, now: float) -> None:
        if self._session is None and self._outgoing is not None:
            self._outgoing.close(self._headers)
            return
        # An unanswered INVITE of the peer's ends with our response; BYE and CANCEL are answered.
        is_unanswered = self.end is not None and self.end.cause is LegCause.GIVEN_UP_HERE
        self._is_finished = self.session.is_uas and is_unanswered
        self.session.close(now, headers=self._headers)

    # Media

    def _open_port_or_refuse(self) -> None:
        try:
            self._media.open(lambda: self._session)
        except NoFreePortError as error:
            self.state = LegState.INCOMING
            self.refuse(503, headers=(("Retry-After", "10"),))
            self.end = LegEnd(LegCause.REFUSED_HERE, 503, str(error))
            raise

    def _choose_media_host(self, session: InviteSession) -> None:
        """Which address of ours the peer is told, now that it may have said where it wants its audio.

        Raises: PeerError (488) when there is none that it could reach.
        """
        try:
            self._media_host = self._endpoint.media_host(session.flow, self._negotiation.remote_host)
        except NoRouteError as error:
            raise not_acceptable(str(error), section="RFC 3264 §6", obstacle=Obstacle.ADDRESS) from error

    def _local_audio(self) -> LocalAudio:
        return self._media.local(self._media_host)


def _renewed(headers: tuple[Header, ...], newer: tuple[Header, ...]) -> tuple[Header, ...]:
    names = {name.lower() for name, _ in newer}
    return (*(header for header in headers if header[0].lower() not in names), *newer)


_HANG_UPS: Final = {
    LegState.INCOMING: (LegCause.GIVEN_UP_HERE, 480),
    # RFC 3261 §9.1: an INVITE that we cancel ends as canceled, whether or not its 487 ever comes.
    LegState.DIALLING: (LegCause.GIVEN_UP_HERE, 487),
    LegState.ANSWERED: (LegCause.HUNG_UP_HERE, 200),
}
_BROKEN: Final = (LegCause.BROKEN, 200)
_ENDINGS: Final = {
    EndCause.REMOTE_BYE: (LegCause.HUNG_UP_THERE, 200),
    EndCause.LOCAL_BYE: (LegCause.HUNG_UP_HERE, 200),
    EndCause.CANCELED: (LegCause.GIVEN_UP_THERE, 487),
}
