"""One stream: from the order to the last callback, whatever becomes of the call, the socket and the server.

    the call is answered -> the socket is opened -> connected, start -> media, dtmf, mark ... -> stop
         tap   --frames--> outbox --sender--> socket --> server
         keys  --------------'                  |
         leg <--feed-- speaker <--- media, mark, clear

Run by `streams.py` as a task of its own. What happens is an input of `stream/life.py`, and what that says is
done here. A server that does not read for ten seconds has stalled (31930); what is not read meanwhile is
dropped, oldest first, and told once. Source: reference/twiml 8.1, 9.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from offhook.base.errors import UsageError
from offhook.call.audio import Keys, LegAudio
from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.call.exhausted import Exhausted
from offhook.call.ledger import Ledger
from offhook.media.ports import MediaBusyError
from offhook.media.ports.event import TapHeard
from offhook.media_streams.inspection import Inspection
from offhook.media_streams.order import StreamOrder
from offhook.media_streams.outbox import Outbox, Word
from offhook.media_streams.sender import Sender
from offhook.media_streams.speaker import RATE_HZ, Speaker
from offhook.model.companion import CompanionRecord, CompanionStatus
from offhook.model.notification import RequestSummary
from offhook.model.recording import RecordingTrack
from offhook.stream.life import StreamEffect, StreamInput, StreamLife
from offhook.stream.media_stream import MediaStream
from offhook.stream.message import (
    CONNECTED,
    ClearReceived,
    Fault,
    FaultReceived,
    MarkReceived,
    MediaReceived,
    StreamStart,
    StreamTrack,
    read_message,
)
from offhook.streaming.ports import (
    AppSocket,
    BinaryReceived,
    SocketClient,
    SocketClosed,
    SocketError,
    TextReceived,
)
from offhook.trace.ports import Kind
from offhook.waiting.timeout import timeout
from offhook.webhook.ports import EventNews

log = structlog.get_logger("offhook.media_streams")

WATCH_S: Final = 5.0
"""How often it is looked after."""
WATCHES_PER_PING: Final = 4
"""A ping every 20 s (reference/twiml 9.2)."""
LAST_WORD_S: Final = 0.5
"""How long the server's close may take to be read when nothing can be sent any more."""
STOP_S: Final = 1.0
"""How long the last message may take to be read."""
MESSAGES_PER_TURN: Final = 50
MESSAGES_MAX: Final = 1_000
"""Messages of a server's that are read in a second: of 20 ms each they are twenty times what is played."""
STALL_S: Final = 10.0
"""How long a server may not read before the stream is given up. Ours."""
INTERNAL: Final = 12400
CLOSED_BY_SERVER: Final = 31921
OVERFLOW_OUT: Final = 31930
OVERFLOW_IN: Final = 31931
RTP_TIMEOUT: Final = 31953
PROPER_CLOSES: Final = frozenset({None, 1000, 1001, 1005})
"""Close codes of a server that is done (RFC 6455 §7.4.1)."""

TRACKS: Final = {
    RecordingTrack.INBOUND: (StreamTrack.INBOUND,),
    RecordingTrack.OUTBOUND: (StreamTrack.OUTBOUND,),
    RecordingTrack.BOTH: (StreamTrack.INBOUND, StreamTrack.OUTBOUND),
}
_TRACK: Final = {
    RecordingTrack.INBOUND: StreamTrack.INBOUND,
    RecordingTrack.OUTBOUND: StreamTrack.OUTBOUND,
}


@dataclass(frozen=True, slots=True)
class StreamTools:
    """What every stream works with."""

    client: SocketClient
    courier: Courier
    ledger: Ledger


class LiveStream:
    """See the head of the file. `record` and `inspection` are as of now."""

    def __init__(self, call: Call, order: StreamOrder, record: CompanionRecord, tools: StreamTools) -> None:
        self.record = record
        self.order = order
        self.inspection = Inspection()
        self.ended = asyncio.Event()
        """Set once nothing of it goes on; its last callback is on its way."""
        self._call = call
        self._tools = tools
        self._life = StreamLife()
        self._messages = MediaStream(_start(order, record))
        self._outbox = Outbox()
        self._socket: AppSocket | None = None
        self.speaker: Speaker | None = None
        """What the server says; None below Start, and before it runs."""
        self._failure = SocketError(CLOSED_BY_SERVER, "the server closed the WebSocket")
        self._sender: Sender | None = None
        self._told: set[int] = set()
        """Codes that are told once a stream."""
        self._over = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is to end at once: then it takes no track of the call's, and no name."""
        return self._over.is_set() or self.order.fault is not None

    @property
    def depth_ms(self) -> int:
        """What waits to be played to the caller."""
        return self.speaker.depth_ms if self.speaker is not None and not self.is_over else 0

    def stop(self) -> CompanionRecord:
        """End it; what it told the caller and is not heard yet is dropped. Twice is once. As it is then."""
        if not self._over.is_set():
            self._over.set()
            now = self._tools.ledger.now()
            self.record = replace(self.record, status=CompanionStatus.STOPPED, updated_at=now)
        return self.record

    async def run(self) -> None:
        """Until it has ended. Whatever goes wrong ends this stream and nothing else."""
        self._call.happened(Kind.STREAM, f"{self.record.sid} begins", (("url", self.order.url),))
        try:
            if await self._connect():
                await self._stream()
            else:
                await self._do(StreamInput.STOPPED)  # unless it was refused
        finally:
            self.stop()
            if self._socket is not None:
                await self._socket.close()
            self.ended.set()
            told = self.inspection
            self._call.happened(Kind.STREAM, f"{self.record.sid} ends", told.facts)
            log.info(
                "stream.ended",
                call_sid=self.record.call_sid,
                stream_sid=self.record.sid,
                frames=told.frames_sent,
                dropped=told.frames_dropped,
                faults=told.faults.total(),
            )

    # Its beginning

    async def _connect(self) -> bool:
        """Whether the socket is open, and the stream not over yet."""
        if self.order.fault is not None:
            self._failure = SocketError(*self.order.fault)
            await self._do(StreamInput.REFUSED)
            return False
        opening = asyncio.create_task(self._open())
        await _first_of(opening, self._over.wait())
        try:
            self._socket = await opening
        except SocketError as error:
            self._failure = error
            await self._do(StreamInput.REFUSED)
            return False
        except asyncio.CancelledError:
            if not self.is_over or not opening.cancelled():
                raise
            return False
        return not self.is_over

    async def _open(self) -> AppSocket:
        await self._call.answered.wait()
        loop = asyncio.get_running_loop()
        began = loop.time()
        socket = await self._tools.client.open(self.order.url, self.order.auth_token)
        self.inspection.open_ms = round((loop.time() - began) * 1000)
        return socket

    # While it runs

    async def _stream(self) -> None:
        with ExitStack() as held:
            try:
                keys = self._take_audio(self._call.leg.audio, held)
            except (UsageError, MediaBusyError) as error:
                self._failure = SocketError(INTERNAL, f"the call cannot be heard: {error}")
                await self._do(StreamInput.REFUSED)
                return
            try:
                await self._do(StreamInput.OPENED)
            except SocketError as error:
                self._failure = error
                await self._do(StreamInput.BROKEN)
                return
            self._sender = Sender(self._outbox, self._text_of, self._open_socket)
            others = [self._sender.run(), self._watch()]
            if keys is not None:
                others.append(self._pass_keys_on(keys))
            input_ = await self._until_over(self._receive_all(), others)
        self._count_dropped()
        if self._call.exhausted is Exhausted.MEDIA:
            self._note(RTP_TIMEOUT, "no RTP came from the caller any more, which ended the call")
        await self._do(input_)

    def _take_audio(self, audio: LegAudio, held: ExitStack) -> Keys | None:
        """Listen to the call and, below Connect, speak to it; its keys then.

        Raises: UsageError when the call has ended, or somebody else takes its keys; MediaBusyError.
        """
        keys = held.enter_context(audio.collecting()) if self.order.is_bidirectional else None
        tap = held.enter_context(audio.tapping(self.order.track))
        if self.order.is_bidirectional:
            send_mark = lambda name: self._send(partial(self._messages.mark, name))  # noqa: E731
            self.speaker = Speaker(audio.open_feed(RATE_HZ), send_mark, self.inspection)
            held.callback(self.speaker.close)
        tap.hand_to(self._outbox.put_frame)
        return keys

    async def _until_over(
        self,
        receive: Coroutine[Any, Any, StreamInput],
        others: "list[Coroutine[Any, Any, StreamInput]]",
    ) -> StreamInput:
        """Let all work until one of it is done, or the stream is over; what happened then.

        Who cannot send any more may have been told why: what was received last says how the socket ended.
        """
        receiving = asyncio.create_task(receive)
        tasks = [receiving, *map(asyncio.create_task, others)]
        try:
            await _first_of(*tasks, self._over.wait(), leave=True)
            if not self.is_over and not receiving.done():
                await asyncio.wait((receiving,), timeout=LAST_WORD_S)
        finally:
            for task in tasks:
                if not task.done():
                    task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if task.cancelled():
                continue
            try:
                input_ = task.result()
            except SocketError as error:
                self._failure, input_ = error, StreamInput.BROKEN
            return StreamInput.STOPPED if self.is_over else input_
        return StreamInput.STOPPED

    def _text_of(self, next_: TapHeard | Word) -> str:
        if not isinstance(next_, TapHeard):
            return next_()
        self.inspection.frames_sent += 1
        return self._messages.media(_TRACK[next_.track], next_.timestamp_ms, next_.payload)

    def _send(self, word: Word) -> None:
        self._outbox.put_word(word)  # what finds no room is lost with a server that does not read

    async def _pass_keys_on(self, keys: Keys) -> StreamInput:
        while True:
            self._send(partial(self._messages.dtmf, await keys.next()))
            self.inspection.digits_sent += 1

    async def _receive_all(self) -> StreamInput:
        """Take what the server says until it closes. Raises: SocketError.

        A flood is slowed down: what is not read waits with the server.
        """
        loop = asyncio.get_running_loop()
        began, received = loop.time(), 0
        while True:
            news = await self._open_socket.receive()
            match news:
                case TextReceived(text=text):
                    self._handle_text(text)
                case BinaryReceived():
                    self._handle_fault(FaultReceived(Fault.BINARY, "a message is binary"))
                case SocketClosed(code=code) if code in PROPER_CLOSES:
                    return StreamInput.CLOSED
                case SocketClosed(code=code, reason=reason):
                    said = f"the server closed the WebSocket with {code} {reason}".rstrip()
                    self._failure = SocketError(CLOSED_BY_SERVER, said)
                    return StreamInput.BROKEN
            received += 1
            if received % MESSAGES_PER_TURN == 0:
                await asyncio.sleep(0)  # others have their turn
            if received == MESSAGES_MAX:
                await asyncio.sleep(max(0.0, began + 1.0 - loop.time()))
                began, received = loop.time(), 0

    def _handle_text(self, text: str) -> None:
        if self.speaker is None:
            self._handle_fault(
                FaultReceived(Fault.UNKNOWN_EVENT, "the server of a <Start><Stream> has nothing to say")
            )
            return
        received = read_message(text, self.record.sid)
        match received:
            case MediaReceived(payload=payload):
                if not self.speaker.say(payload):
                    self._note_once(OVERFLOW_IN, "ten minutes of audio wait to be played: more is dropped")
            case MarkReceived(name=name):
                if not self.speaker.mark(name):
                    self._note_once(OVERFLOW_IN, "ten thousand marks wait: more are dropped")
            case ClearReceived():
                self.speaker.clear()
            case FaultReceived():
                self._handle_fault(received)

    def _handle_fault(self, fault: FaultReceived) -> None:
        self.inspection.faults[fault.fault] += 1
        self._note_once(fault.code, f"{fault.why}: it is ignored, and so will others be")

    async def _watch(self) -> StreamInput:
        """Ping, and tell when the server does not read. Raises: SocketError."""
        watches = 0
        while True:
            await asyncio.sleep(WATCH_S)
            watches += 1
            self._count_dropped()
            since = self._sender.since if self._sender is not None else None
            if since is not None and asyncio.get_running_loop().time() - since >= STALL_S:
                self._failure = SocketError(OVERFLOW_OUT, f"the server has read nothing for {STALL_S:g} s")
                return StreamInput.STALLED
            if watches % WATCHES_PER_PING == 0 and since is None:
                await self._open_socket.ping()

    def _count_dropped(self) -> None:
        self.inspection.frames_dropped = self._outbox.dropped
        if self._outbox.dropped:
            self._note_once(OVERFLOW_OUT, "the server does not read in time: audio for it is dropped")

    # What is done

    @property
    def _open_socket(self) -> AppSocket:
        if self._socket is None:
            raise UsageError("the socket of the stream is not open")
        return self._socket

    async def _do(self, input_: StreamInput) -> None:
        for effect in self._life.handle(input_):
            match effect:
                case StreamEffect.SEND_START:
                    await self._open_socket.send(CONNECTED)
                    await self._open_socket.send(self._messages.start())
                case StreamEffect.SEND_STOP:
                    await self._send_stop()
                case StreamEffect.CLOSE:
                    await self._open_socket.close()
                case StreamEffect.NOTE:
                    if self.order.fault is None:
                        self._note(self._failure.code, self._failure.message)
                case StreamEffect.TELL_STARTED:
                    self._tell("stream-started")
                case StreamEffect.TELL_STOPPED:
                    self._tell("stream-stopped")
                case StreamEffect.TELL_ERROR:
                    self._tell("stream-error", self._failure.message)

    async def _send_stop(self) -> None:
        try:
            async with timeout(STOP_S):
                while (next_ := self._outbox.take()) is not None:
                    if not isinstance(next_, TapHeard):
                        await self._open_socket.send(next_())
                await self._open_socket.send(self._messages.stop())
        except (TimeoutError, SocketError) as error:
            log.info("stream.stop_unsent", stream_sid=self.record.sid, why=type(error).__name__)

    def _note_once(self, code: int, text: str) -> None:
        if code not in self._told:
            self._told.add(code)
            self._note(code, text)

    def _note(self, code: int, text: str) -> None:
        about = RequestSummary(method="GET", url=self.order.url)
        self._call.note(code, f"The stream {self.record.name}: {text}", about)

    def _tell(self, event: str, error: str | None = None) -> None:
        callback = self.order.callback
        if callback is None:
            return
        record = self.record
        parameters = [
            ("AccountSid", record.account_sid),
            ("CallSid", record.call_sid),
            ("StreamSid", record.sid),
            ("StreamName", record.name),
            ("StreamEvent", event),
            *((("StreamError", error),) if error is not None else ()),
            ("Timestamp", _iso_8601(self._tools.ledger.now())),
        ]
        news = EventNews(callback.url, callback.method, tuple(parameters), self.order.auth_token)
        self._tools.courier.send(self._call.record, news)


def _start(order: StreamOrder, record: CompanionRecord) -> StreamStart:
    return StreamStart(record.account_sid, record.call_sid, record.sid, TRACKS[order.track], order.parameters)


def _iso_8601(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


async def _first_of(*work: "asyncio.Task[Any] | Coroutine[Any, Any, Any]", leave: bool = False) -> None:
    """Wait until one of these is done. The others are cancelled, unless they are tasks to be left."""
    tasks = [each if isinstance(each, asyncio.Task) else asyncio.create_task(each) for each in work]
    ours = [task for task, each in zip(tasks, work, strict=True) if not (leave and task is each)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ours:
            if not task.done():
                task.cancel()
