"""Runs `<ConversationRelay>`: an application talks with the caller by text (reference/twiml 10).

    socket --text--> the session's machine --clauses--> mouth --> the caller
    socket <--json-- `stream/conversation_relay` <------ ears, keys <---+

Here the machine meets the world: after each input all of its outputs are carried out. A socket that sends
too fast is read slower, one that does not read for ten seconds is given up, and a ping goes out every twenty.
Ends with the session, whatever ends it; a caller who hangs up cancels it, and so does a call that has lasted
as long as it may (64104) or whose RTP has stopped (64108). What came of it is told to the action.

Twilio's 64109, too many calls of an account at once, cannot come about: an account has no such bound here,
and a node that is full (`calls_max`) refuses the call before there is a document.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from offhook.base.ids import new_sid
from offhook.call.audio import LegAudio
from offhook.call.exhausted import Exhausted
from offhook.model.notification import RequestSummary
from offhook.stream.conversation_relay import (
    CANNOT_CONNECT,
    MAX_DURATION,
    RTP_TIMEOUT,
    Ending,
    RelayEvent,
    RelayOptions,
    Sensitivity,
)
from offhook.stream.conversation_relay import (
    ConversationRelay as Session,
)
from offhook.stream.relay_message import Interruptible, Setup
from offhook.streaming.ports import AppSocket, BinaryReceived, SocketClosed, SocketError, TextReceived
from offhook.twiml.connect.conversation_relay import MULTI, ConversationRelay
from offhook.twiml.connect.stream_url import resolve_stream_url, stream_url_fault
from offhook.verbs.connecting.noun import Told
from offhook.verbs.connecting.relay_ears import RelayEars
from offhook.verbs.connecting.relay_mouth import RelayMouth
from offhook.verbs.program import Program
from offhook.waiting.timeout import timeout, timeout_at

log = structlog.get_logger("offhook.verbs")

PING_S: Final = 20.0
LAST_WORDS_S: Final = 1.0
"""How long what came before a connection broke may take to be read."""
UNREAD_S: Final = 10.0
"""How long a message may wait for a server that does not read."""
OUTGOING_MAX: Final = 256
"""Messages that wait for that."""
MESSAGES_A_SECOND: Final = 500
"""That are taken from an application; a language model makes a tenth of them."""
FLUSH_S: Final = 0.5
"""For the last messages before we close."""
NOTES_MAX: Final = 20
"""Faults of one session that are written down; the application is told all of them."""
DEFAULT_LANGUAGE: Final = "en-US"


class ConnectConversationRelay:
    """The noun of Connect."""

    async def run(self, noun: ConversationRelay, program: Program, told: Told) -> None:
        """Talk until either side has done."""
        live = _LiveRelay(noun, program)
        try:
            await live.run()
        finally:
            told.extend(live.results)


class _LiveRelay:
    """One session under way."""

    def __init__(self, noun: ConversationRelay, program: Program) -> None:
        self._noun = noun
        self._program = program
        self._session_sid = new_sid("VX", program.chance)
        self._session = Session(_setup(noun, program, self._session_sid), _options(noun))
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(OUTGOING_MAX)
        self._over = asyncio.Event()
        self._time_changed = asyncio.Event()
        self._began: float | None = None
        self._ended: float | None = None
        self._notes = 0
        self._mouth = RelayMouth(noun, program, self)
        self._ears = RelayEars(noun, program, self)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """What the action is told (reference/twiml 10.4)."""
        ending = self._session.poll_ending()
        if ending is None:
            return ()
        results = [
            ("SessionId", self._session_sid),
            ("SessionStatus", ending.status.value),
            ("SessionDuration", str(self._lasted_s())),
        ]
        if ending.handoff_data is not None:
            results.append(("HandoffData", ending.handoff_data))
        if ending.error_code is not None:
            results.append(("ErrorCode", str(ending.error_code)))
            results.append(("ErrorMessage", ending.error_message))
        return tuple(results)

    def _lasted_s(self) -> int:
        if self._began is None:
            return 0
        return round((_now() if self._ended is None else self._ended) - self._began)

    async def run(self) -> None:
        """From the socket's opening to its end."""
        try:
            socket = await self._open()
            if socket is not None:
                try:
                    await self._talk(socket)
                finally:
                    await self._close(socket)
        except asyncio.CancelledError:
            self._leave()
            raise

    async def _open(self) -> AppSocket | None:
        noun, program = self._noun, self._program
        fault = stream_url_fault(noun.url)
        try:
            if fault is not None:
                raise SocketError(fault[0], f"the URL {fault[1]}")
            socket = await program.sockets.open(
                resolve_stream_url(program.document_url, noun.url), program.auth_token
            )
        except SocketError as error:
            self._session.handle_refused(f"{error.message} ({error.code})")
            self.poll()
            return None
        self._began = _now()
        log.info("relay.started", call_sid=program.call.sid, session_sid=self._session_sid)
        return socket

    async def _talk(self, socket: AppSocket) -> None:
        self._session.handle_open(_now())
        self.poll()
        works: tuple[Coroutine[Any, Any, None], ...] = (
            self._read(socket),
            self._write(socket),
            self._mouth.run(),
            self._ears.run(),
            self._take_keys(self._program.call.leg.audio),
            self._keep_time(),
        )
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work, name="relay") for work in works]
            await self._over.wait()
            for task in tasks:
                task.cancel()

    def _leave(self) -> None:
        match self._program.call.exhausted:
            case Exhausted.TIME:
                self._session.handle_exhausted(MAX_DURATION, "Max call duration reached")
            case Exhausted.MEDIA:
                self._session.handle_exhausted(RTP_TIMEOUT, "RTP timeout: no audio came from the caller")
            case None:
                self._session.handle_left()
        self.poll()

    async def _close(self, socket: AppSocket) -> None:
        """Send what is left, and close."""
        if not self._over.is_set():
            self._leave()  # cancelled
        ending = self._session.poll_ending()
        try:
            async with timeout(FLUSH_S):
                while not self._outgoing.empty():
                    await socket.send(self._outgoing.get_nowait())
        except (TimeoutError, SocketError) as error:
            log.info("relay.unsent", call_sid=self._program.call.sid, why=str(error) or "it does not read")
        if ending is not None:
            await socket.close(ending.close_code, ending.close_reason)
            log.info("relay.ended", session_sid=self._session_sid, status=ending.status.value)

    # What comes in

    async def _read(self, socket: AppSocket) -> None:
        taken, since = 0, _now()
        while not self._over.is_set():
            try:
                news = await socket.receive()
            except SocketError as error:
                news = SocketClosed(None, error.message)
            match news:
                case TextReceived(text):
                    self._session.handle_message(text, _now())
                case BinaryReceived():
                    self._session.handle_binary()
                case SocketClosed(code, reason):
                    said = f"closed with {code} {reason}".strip() if code is not None else reason
                    self._session.handle_closed(said)
            self.poll()
            taken += 1
            # Messages that have come already are received without waiting: others must have their turn.
            is_too_fast = taken >= MESSAGES_A_SECOND
            await asyncio.sleep(max(0.0, since + 1.0 - _now()) if is_too_fast else 0)
            if is_too_fast or _now() - since >= 1.0:
                taken, since = 0, _now()

    async def _write(self, socket: AppSocket) -> None:
        while True:
            try:
                async with timeout(PING_S):
                    message = await self._outgoing.get()
            except TimeoutError:
                message = None
            try:
                async with timeout(UNREAD_S):
                    await (socket.ping() if message is None else socket.send(message))
            except TimeoutError:
                self._lose("the application does not read")
            except SocketError as error:
                await self._hear_out(error.message)

    async def _hear_out(self, why: str) -> None:
        """What the application said before it went is still read: `end`, and it closed."""
        try:
            async with timeout(LAST_WORDS_S):
                await self._over.wait()
        except TimeoutError:
            self._lose(why)

    def _lose(self, why: str) -> None:
        self._session.handle_closed(why)
        self.poll()

    async def _take_keys(self, audio: LegAudio) -> None:
        with audio.collecting() as keys:
            while True:
                self._session.handle_key(await keys.next(), _now())
                self.poll()

    async def _keep_time(self) -> None:
        while True:
            self._time_changed.clear()
            due = self._session.poll_timeout()
            try:
                async with timeout_at(due):
                    await self._time_changed.wait()
            except TimeoutError:
                self._session.handle_timeout(_now())
                self.poll()

    # What mouth and ears tell

    def handle_begun(self, item_id: int, length_ms: int) -> None:
        """An item of the mouth is heard from now on."""
        self._session.handle_begun(item_id, length_ms, _now())
        self.poll()

    def handle_ended(self, item_id: int) -> None:
        """It is over."""
        self._session.handle_ended(item_id, _now())
        self.poll()

    def handle_fault(self, code: int, what: str) -> None:
        """Something could not be spoken or played: the application is told, and it is noted."""
        self._session.handle_fault(code, what)
        self.poll()

    def handle_speech_began(self) -> None:
        """The caller speaks."""
        self._session.handle_speech_began(_now())
        self.poll()

    def handle_speech_ended(self) -> None:
        """The caller has fallen silent."""
        self._session.handle_speech_ended(_now())
        self.poll()

    def handle_words(self, words: str, *, is_final: bool) -> None:
        """What the caller has said so far."""
        self._session.handle_words(words, is_final=is_final, now=_now())
        self.poll()

    def note(self, code: int, text: str) -> None:
        """Write into the debugger log; a session that goes wrong all the time is written down so often."""
        self._notes += 1
        if self._notes <= NOTES_MAX:
            self._program.call.note(code, text, RequestSummary(url=self._noun.url))

    def poll(self) -> None:
        """Carry out what the machine wants."""
        session = self._session
        while (message := session.poll_transmit()) is not None:
            try:
                self._outgoing.put_nowait(message)
            except asyncio.QueueFull:
                session.handle_closed("the application does not read")
                break
        dropped = session.poll_dropped()
        if dropped:
            self._mouth.drop(dropped)
        while (item := session.poll_item()) is not None:
            self._mouth.take(item)
        language = session.poll_listen()
        if language is not None:
            self._ears.switch(language)
        while (fault := session.poll_fault()) is not None:
            self.note(*fault)
        self._time_changed.set()
        ending = session.poll_ending()
        if ending is not None and not self._over.is_set():
            self._end(ending)

    def _end(self, ending: Ending) -> None:
        self._over.set()
        self._ended = _now()
        is_noted = ending.error_code == CANNOT_CONNECT and stream_url_fault(self._noun.url) is not None
        if ending.error_code is not None and not is_noted:  # the parser has, where the URL is none
            self._notes = 0
            self.note(ending.error_code, f"<ConversationRelay> failed: {ending.error_message}")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _setup(noun: ConversationRelay, program: Program, session_sid: str) -> Setup:
    record = program.call.record
    return Setup(
        session_id=session_sid,
        account_sid=record.account_sid,
        call_sid=record.sid,
        from_=record.from_,
        to=record.to,
        direction="inbound" if record.direction.is_inbound else record.direction.value,
        call_status="IN_PROGRESS",  # Connect has answered it
        parent_call_sid=record.parent_call_sid or "",
        forwarded_from=program.forwarded_from or "",
        custom_parameters=noun.parameters,
    )


def _options(noun: ConversationRelay) -> RelayOptions:
    return RelayOptions(
        tts_language=DEFAULT_LANGUAGE if noun.tts_language == MULTI else noun.tts_language,
        transcription_language=noun.transcription_language,
        greeting=noun.welcome_greeting,
        greeting_interruptible=Interruptible(noun.welcome_interruptible),
        interruptible=Interruptible(noun.interruptible),
        sensitivity=Sensitivity(noun.sensitivity),
        preemptible=noun.preemptible,
        dtmf_detection=noun.dtmf_detection,
        reported=Interruptible(noun.reported),
        ignores_backchannel=noun.ignore_backchannel,
        partial_prompts=noun.partial_prompts,
        events=frozenset(map(RelayEvent, noun.events)),
    )
