"""One ConversationRelay session of a caller and an application: who says what when (reference/twiml 10).

    OPENING --the socket is open: setup, greeting--> TALKING
    TALKING --`end` of the application------------> ENDED  ended, close 1000
            --the caller or the REST API has gone -> ENDED  completed, close 1000
            --its longest time is over -----------> ENDED  failed 64104, close 1000
            --no RTP comes from the caller -------> ENDED  failed 64108, close 1000
            --the socket is lost -----------------> ENDED  failed 64105
            --ten malformed messages in a row ----> ENDED  failed 64105, close 1007
    OPENING --it cannot be opened ----------------> ENDED  failed 64102

Inputs are messages, keys, what the recogniser hears, and what the mouth tells of its items; outputs are
messages to send, items for the mouth, items to drop, a language to listen for, and one end. Whoever hands in
an input then polls all of them. Pure: times are given, in seconds.

An interruption is what the caller does while something that it may interrupt is heard or waits: everything
that waits goes, the application is told what was heard. What may not interrupt is told only if
`reportInputDuringAgentSpeech` says so. How much speech it takes is `interruptSensitivity`: high is any voice,
medium the first word, low the third word or the end of the utterance; with `ignoreBackchannel` words that
only show that somebody listens do not count, and any voice is not enough. Twilio does not say what its levels
are.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.stream.relay_message import (
    End,
    Interruptible,
    Play,
    RelayMessageError,
    SendDigits,
    Setup,
    SwitchLanguage,
    Text,
    dtmf,
    error,
    info,
    interrupt,
    prompt,
    read_message,
)
from offhook.stream.talk_queue import Item, QueueFullError, Saying, TalkQueue

MALFORMED_MAX: Final = 10
"""Malformed messages in a row that end a session."""
CLAUSE_PATIENCE_S: Final = 1.5
"""How long words wait for the end of their clause before they are said as they are. Ours: a model that stalls
must not leave the caller in silence."""
LOW_WORDS: Final = 3
OUTBOX_MAX: Final = 256
"""Messages that nobody has taken to the socket. Ours: beyond it `info` messages are left out."""

CANNOT_CONNECT: Final = 64102
MAX_DURATION: Final = 64104
SOCKET_ENDED: Final = 64105
INVALID_MESSAGE: Final = 64107
RTP_TIMEOUT: Final = 64108
TTS_FAILED: Final = 64111
"""The engine cannot say a text."""
TTS_LOST: Final = 64112
"""The engine is not there."""
NORMAL: Final = 1000
INVALID_PAYLOAD: Final = 1007
"""WebSocket close codes (RFC 6455 §7.4.1)."""

_BACKCHANNELS: Final = """
ah aha alright go got great hm hmm huh i it mhm mm mmhm ok okay on right see sure uh uhhuh um yeah yep yes yup
"""
BACKCHANNELS: Final = frozenset(_BACKCHANNELS.split())
"""Words that say no more than that somebody listens. Ours; English, as Twilio's feature is."""


class RelayState(Symbol):
    """Of a session."""

    OPENING = auto()
    TALKING = auto()
    ENDED = auto()


class SessionStatus(StrEnum):
    """How it ended, for the action."""

    ENDED = "ended"
    COMPLETED = "completed"
    FAILED = "failed"


class Sensitivity(StrEnum):
    """How much speech it takes to interrupt."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RelayEvent(StrEnum):
    """What `events` and `debug` ask for."""

    DEBUGGING = "debugging"
    SPEAKER_EVENTS = "speaker-events"
    TOKENS_PLAYED = "tokens-played"


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """What the document says of a session."""

    tts_language: str = "en-US"
    transcription_language: str = "en-US"
    greeting: str = ""
    greeting_interruptible: Interruptible = Interruptible.ANY
    interruptible: Interruptible = Interruptible.ANY
    sensitivity: Sensitivity = Sensitivity.HIGH
    preemptible: bool = False
    dtmf_detection: bool = False
    reported: Interruptible = Interruptible.NONE
    """What the caller does while the agent speaks that is told although it does not interrupt."""
    ignores_backchannel: bool = False
    partial_prompts: bool = False
    events: frozenset[RelayEvent] = frozenset()

    @property
    def wants_partials(self) -> bool:
        """Whether words are needed before an utterance is over."""
        return self.partial_prompts or self.ignores_backchannel or self.sensitivity is not Sensitivity.HIGH


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended."""

    status: SessionStatus
    close_code: int
    """For the socket, where it is open."""
    close_reason: str = ""
    error_code: int | None = None
    error_message: str = ""
    handoff_data: str | None = None


@dataclass(slots=True)
class _Utterance:
    """What the caller says."""

    has_interrupted: bool = False


@dataclass(slots=True)
class _Pace:
    """Times of the application."""

    token_at: float | None = None
    """When the last token of words that wait came."""
    prompt_at: float | None = None
    """When it was asked something, until it answers."""


@dataclass(slots=True)
class _Out:
    """What is to be polled."""

    messages: deque[str] = field(default_factory=deque)
    faults: list[tuple[int, str]] = field(default_factory=list)
    listen: str | None = None
    ending: Ending | None = None


class ConversationRelay:
    """The machine of one session."""

    def __init__(self, setup: Setup, options: RelayOptions) -> None:
        self.state = RelayState.OPENING
        self._setup = setup
        self._options = options
        self._queue = TalkQueue(options.interruptible, preemptible=options.preemptible)
        self._tts_language = options.tts_language
        self._language_heard = options.transcription_language
        self._utterance = _Utterance()
        self._pace = _Pace()
        self._out = _Out()
        self._malformed = 0
        self._is_agent_heard = False

    # The socket

    def handle_open(self, now: float) -> None:
        """The socket is open: say who calls, and greet."""
        del now
        if self.state is not RelayState.OPENING:
            return
        self.state = RelayState.TALKING
        self._send(self._setup.message())
        options = self._options
        if options.greeting:
            self._queue.add_greeting(options.greeting, self._tts_language, options.greeting_interruptible)

    def handle_refused(self, why: str) -> None:
        """It could not be opened."""
        self._end(Ending(SessionStatus.FAILED, NORMAL, error_code=CANNOT_CONNECT, error_message=why))

    def handle_message(self, text: str, now: float) -> None:
        """The application has sent a message."""
        if self.state is not RelayState.TALKING:
            return
        try:
            message = read_message(text)
        except RelayMessageError as fault:
            self._handle_malformed(str(fault))
            return
        self._malformed = 0
        try:
            self._take(message, now)
        except QueueFullError as full:
            self._complain(str(full))

    def handle_binary(self) -> None:
        """The application has sent a frame of bytes, which is no message."""
        if self.state is RelayState.TALKING:
            self._handle_malformed("a binary frame")

    def handle_closed(self, why: str) -> None:
        """The socket is lost."""
        self._end(
            Ending(
                SessionStatus.FAILED,
                NORMAL,
                error_code=SOCKET_ENDED,
                error_message=f"Websocket ended: {why}" if why else "Websocket ended",
            )
        )

    def handle_left(self) -> None:
        """The caller has hung up, or another document takes over."""
        self._end(Ending(SessionStatus.COMPLETED, NORMAL, "Closing websocket session"))

    def handle_exhausted(self, code: int, why: str) -> None:
        """The node has ended the call: MAX_DURATION, RTP_TIMEOUT."""
        reason = "Closing websocket session"
        self._end(Ending(SessionStatus.FAILED, NORMAL, reason, error_code=code, error_message=why))

    def _handle_malformed(self, what: str) -> None:
        self._malformed += 1
        self._complain(what)
        if self._malformed == MALFORMED_MAX:
            reason = "Too many consecutive malformed messages"
            message = f"Websocket ended: {reason}"
            ending = Ending(SessionStatus.FAILED, INVALID_PAYLOAD, reason, SOCKET_ENDED, message)
            self._end(ending)

    def _complain(self, what: str) -> None:
        self._send(error(f"Invalid message received, code: {INVALID_MESSAGE}, {what}"))
        self._out.faults.append((INVALID_MESSAGE, f"a message of the application was not taken: {what}"))

    def _take(self, message: Text | Play | SendDigits | SwitchLanguage | End, now: float) -> None:
        match message:
            case Text():
                self._note_answer(now)
                self._queue.add_text(message, self._tts_language)
                self._pace.token_at = now if self._queue.has_open_rest else None
            case Play():
                self._note_answer(now)
                self._queue.add_play(message)
            case SendDigits():
                self._queue.add_digits(message)
            case SwitchLanguage():
                self._queue.flush()
                self._tts_language = message.tts or self._tts_language
                if message.transcription and message.transcription != self._language_heard:
                    self._language_heard = self._out.listen = message.transcription
            case End():
                ending = Ending(SessionStatus.ENDED, NORMAL, handoff_data=message.handoff_data)
                self._end(ending)

    def _note_answer(self, now: float) -> None:
        if self._pace.prompt_at is not None:
            if RelayEvent.DEBUGGING in self._options.events:
                self._send(info("roundTripDelayMs", round((now - self._pace.prompt_at) * 1000)))
            self._pace.prompt_at = None

    # The caller

    def handle_key(self, digit: str, now: float) -> None:
        """The caller pressed a key."""
        if self.state is not RelayState.TALKING:
            return
        current = self._queue.current
        if current is not None and current.interruptible.by_key:
            self._interrupt(now)
            current = None
        if self._options.dtmf_detection and (current is None or self._options.reported.by_key):
            self._queue.forget_the_rest()
            self._pace.prompt_at = now
            self._send(dtmf(digit))

    def handle_speech_began(self, now: float) -> None:
        """The caller began to speak."""
        if self.state is not RelayState.TALKING:
            return
        self._utterance = _Utterance()
        self._tell_speaker("clientSpeaking", is_on=True)
        options = self._options
        if options.sensitivity is Sensitivity.HIGH and not options.ignores_backchannel:
            self._interrupt_by_speech(now)

    def handle_speech_ended(self, now: float) -> None:
        """The caller has fallen silent; what it said may follow."""
        del now
        if self.state is RelayState.TALKING:
            self._tell_speaker("clientSpeaking", is_on=False)

    def handle_words(self, words: str, *, is_final: bool, now: float) -> None:
        """What the caller has said so far in this utterance."""
        words = words.strip()
        if self.state is not RelayState.TALKING or not words:
            return
        if self._are_enough(words, is_final=is_final):
            self._interrupt_by_speech(now)
        if not (is_final or self._options.partial_prompts) or not self._is_reported(words):
            return
        if is_final:
            self._queue.forget_the_rest()
            self._pace.prompt_at = now
        self._send(prompt(words, self._language_heard, last=is_final))

    def _are_enough(self, words: str, *, is_final: bool) -> bool:
        """Whether these words interrupt."""
        if self._options.ignores_backchannel and _is_backchannel(words):
            return False
        return is_final or self._options.sensitivity is not Sensitivity.LOW or len(words.split()) >= LOW_WORDS

    def _is_reported(self, words: str) -> bool:
        if self._queue.current is None or self._utterance.has_interrupted:
            return True
        is_noise = self._options.ignores_backchannel and _is_backchannel(words)
        return self._options.reported.by_speech and not is_noise

    def _interrupt_by_speech(self, now: float) -> None:
        current = self._queue.current
        if current is not None and current.interruptible.by_speech:
            self._interrupt(now)
            self._utterance.has_interrupted = True

    def _interrupt(self, now: float) -> None:
        cut = self._queue.interrupt(now)
        self._pace.token_at = None
        if RelayEvent.TOKENS_PLAYED in self._options.events and cut.utterance:
            self._send(info("tokensPlayed", cut.utterance))
        self._quieten()
        self._send(interrupt(cut.utterance, cut.duration_ms))

    # The mouth

    def handle_begun(self, item_id: int, length_ms: int, now: float) -> None:
        """An item is heard from now on. length_ms: of all its sound."""
        self._queue.handle_begun(item_id, length_ms, now)
        if not self._is_agent_heard and self.state is RelayState.TALKING:
            self._is_agent_heard = True
            self._tell_speaker("agentSpeaking", is_on=True)

    def handle_ended(self, item_id: int, now: float) -> None:
        """An item was heard to its end, or nothing is to be heard of it."""
        del now
        item = self._queue.handle_ended(item_id)
        if item is None or self.state is not RelayState.TALKING:
            return
        tells_tokens = RelayEvent.TOKENS_PLAYED in self._options.events and item.began is not None
        if tells_tokens and isinstance(item.what, Saying):
            self._send(info("tokensPlayed", item.what.text))
        if self._queue.current is None:
            self._quieten()

    def handle_fault(self, code: int, what: str) -> None:
        """The mouth could not do what an item asks."""
        if self.state is RelayState.TALKING:
            self._send(error(f"{what}, code: {code}"))
            self._out.faults.append((code, what))

    def _quieten(self) -> None:
        if self._is_agent_heard:
            self._is_agent_heard = False
            self._tell_speaker("agentSpeaking", is_on=False)

    # Time

    def poll_timeout(self) -> float | None:
        """When `handle_timeout` is due, in seconds; None is never."""
        token_at = self._pace.token_at
        return None if token_at is None or self.state is RelayState.ENDED else token_at + CLAUSE_PATIENCE_S

    def handle_timeout(self, now: float) -> None:
        """Say words that have waited for the end of their clause for long enough."""
        due = self.poll_timeout()
        if due is not None and now >= due:
            self._pace.token_at = None
            self._queue.flush()

    # What is to be done

    def poll_transmit(self) -> str | None:
        """The next message for the application."""
        return self._out.messages.popleft() if self._out.messages else None

    def poll_item(self) -> Item | None:
        """The next thing for the mouth."""
        return self._queue.poll_item() if self.state is RelayState.TALKING else None

    def poll_dropped(self) -> tuple[int, ...]:
        """What the mouth must not let be heard any more."""
        return self._queue.poll_dropped()

    def poll_listen(self) -> str | None:
        """The language to listen for from now on, when it has changed."""
        language, self._out.listen = self._out.listen, None
        return language

    def poll_fault(self) -> tuple[int, str] | None:
        """What is to be noted in the debugger log: code and text."""
        return self._out.faults.pop(0) if self._out.faults else None

    def poll_ending(self) -> Ending | None:
        """How it ended, once it has."""
        return self._out.ending

    def _end(self, ending: Ending) -> None:
        if self.state is RelayState.ENDED:
            return
        self.state = RelayState.ENDED
        self._out.ending = ending

    def _tell_speaker(self, name: str, *, is_on: bool) -> None:
        if RelayEvent.SPEAKER_EVENTS in self._options.events:
            self._send(info(name, "on" if is_on else "off"))

    def _send(self, message: str) -> None:
        if len(self._out.messages) < OUTBOX_MAX:
            self._out.messages.append(message)


def _is_backchannel(words: str) -> bool:
    plain = "".join(each if each.isalpha() or each.isspace() else "" for each in words.lower())
    return all(word in BACKCHANNELS for word in plain.split())
