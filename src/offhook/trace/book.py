"""Keeps the traces of the last calls in memory: references to what is there, formatted when asked for.

    driver: every SIP message --> by Call-ID --.
    ledger: open, status, notes, close          +--> one trace per call --> rest/offhook/traces
    verbs, webhooks, digits --> by CallSid ----'

A message belongs to the calls whose Call-ID it has. Which those are is said by the ledger for calls that come
in; for calls that we make it stands in our INVITE (X-Twilio-CallSid). The messages of an INVITE that is not a
call yet, and may never be one, wait in a small room of their own, so that a flood of them pushes out nothing.

Bounds: calls, those that have ended making room first; messages, happenings and bytes of one call; all in all
about 10 KiB for a usual call. What memory has forgotten, and what was before the node started, is on disk
where there is a journal.
"""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from offhook.base.clock import Clock
from offhook.trace.journal import TraceJournal
from offhook.trace.ports import Facts, Happening, Kind, SipMessage, Trace
from offhook.trace.record import Claimed, Closed, Happened, Opened, Said

MESSAGES_MAX: Final = 200
"""Of one Call-ID."""
BYTES_MAX: Final = 256 * 1024
"""Of its messages."""
HAPPENINGS_MAX: Final = 1_000
"""Of one call."""
CALL_IDS_MAX: Final = 32
"""Of one call: ten branches, and their further tries."""
UNCLAIMED_MAX: Final = 256
"""Call-IDs of INVITEs that are no calls yet."""
UNCLAIMED_BYTES: Final = 16 * 1024
"""Of each of them."""

_CALL_ID: Final = b"\r\nCall-ID:"
_OTHER_SPELLINGS: Final = (b"\r\ncall-id:", b"\r\ni:")
_HEAD_MAX: Final = 4_096
"""Bytes that are searched for a Call-ID written in another way."""
_OUR_CALL: Final = b"\r\nX-Twilio-CallSid:"
_INVITE: Final = b"INVITE "


class _Dialogue:
    """The messages with one Call-ID."""

    __slots__ = ("key", "left_out", "messages", "room")

    def __init__(self) -> None:
        self.key = b""
        """Names it in the journal; empty before a call has claimed it."""
        self.messages: list[SipMessage] = []
        self.room = UNCLAIMED_BYTES
        self.left_out = 0

    def add(self, message: SipMessage) -> bool:
        """Whether there was room for it."""
        size = len(message.data)
        if size > self.room or len(self.messages) >= MESSAGES_MAX:
            self.left_out += 1
            return False
        self.room -= size
        self.messages.append(message)
        return True

    def claim(self, key: bytes) -> None:
        self.key = key
        self.room += BYTES_MAX - UNCLAIMED_BYTES


class _Page:
    """What is kept of one call."""

    __slots__ = (
        "account_sid",
        "began_at",
        "began_s",
        "dialogues",
        "happenings",
        "left_out",
        "parent_call_sid",
    )

    def __init__(
        self, account_sid: str, parent_call_sid: str | None, began_at: datetime, began_s: float
    ) -> None:
        self.account_sid = account_sid
        self.parent_call_sid = parent_call_sid
        self.began_at = began_at
        self.began_s = began_s
        self.dialogues: dict[bytes, _Dialogue] = {}
        self.happenings: list[Happening] = []
        self.left_out = 0

    @property
    def all_left_out(self) -> int:
        return self.left_out + sum(dialogue.left_out for dialogue in self.dialogues.values())


class TraceBook:
    """Implements `ports.Tracing`. Give `handle_message` to the driver's `trace`."""

    def __init__(self, clock: Clock, calls_max: int, journal: TraceJournal | None = None) -> None:
        """calls_max: kept at one time, live ones included; 0 keeps nothing. journal: keeps them on disk."""
        self._clock = clock
        self._calls_max = calls_max
        self._journal = journal
        self._run = f"{clock.utc_now().timestamp():.6f}".encode()
        self._dialogues = 0
        self._live: OrderedDict[str, _Page] = OrderedDict()
        self._ended: OrderedDict[str, _Page] = OrderedDict()
        self._unclaimed: OrderedDict[bytes, _Dialogue] = OrderedDict()
        self._claimed: dict[bytes, _Dialogue] = {}

    def handle_message(self, message: SipMessage) -> None:
        """A SIP message came or went."""
        data = message.data
        call_id = _call_id_of(data)
        dialogue = self._claimed.get(call_id) or self._unclaimed.get(call_id)
        if dialogue is None:
            if not data.startswith(_INVITE) or not self._calls_max:
                return
            self._unclaimed[call_id] = dialogue = _Dialogue()
            if len(self._unclaimed) > UNCLAIMED_MAX:
                self._unclaimed.popitem(last=False)
            if message.is_ours:
                self._claim_ours(data, call_id)
        if dialogue.add(message) and dialogue.key and self._journal is not None:
            self._journal.put(Said(dialogue.key, message))

    def _claim_ours(self, data: bytes, call_id: bytes) -> None:
        begins = data.find(_OUR_CALL)
        if begins >= 0:
            begins += len(_OUR_CALL)
            call_sid = data[begins : data.find(b"\r\n", begins)].strip().decode("ascii", "replace")
            self._claim(call_sid, call_id)

    def open(self, call_sid: str, account_sid: str, parent_call_sid: str | None, began_at: datetime) -> None:
        """A call is known from now on."""
        if call_sid in self._live or call_sid in self._ended or not self._calls_max:
            return
        self._live[call_sid] = _Page(account_sid, parent_call_sid, began_at, self._clock.monotonic())
        if self._journal is not None:
            began_s = self._live[call_sid].began_s
            self._journal.put(Opened(call_sid, account_sid, parent_call_sid, began_at, began_s))
        if len(self._live) + len(self._ended) > self._calls_max:
            self._forget_one()

    def claim(self, call_sid: str, sip_call_id: str) -> None:
        """The messages with this Call-ID are of this call."""
        self._claim(call_sid, sip_call_id.encode())

    def _claim(self, call_sid: str, call_id: bytes) -> None:
        page = self._live.get(call_sid)
        if page is None or len(page.dialogues) >= CALL_IDS_MAX:
            return
        dialogue = self._unclaimed.pop(call_id, None) or self._claimed.get(call_id) or _Dialogue()
        self._claimed[call_id] = page.dialogues[call_id] = dialogue
        is_new = not dialogue.key
        if is_new:
            self._dialogues += 1
            dialogue.claim(b"%b/%d" % (self._run, self._dialogues))
        if self._journal is not None:
            self._journal.put(Claimed(call_sid, dialogue.key))
            for message in dialogue.messages if is_new else ():
                self._journal.put(Said(dialogue.key, message))

    def add(self, call_sid: str, kind: Kind, text: str, facts: Facts = ()) -> None:
        """Something happened now."""
        page = self._live.get(call_sid) or self._ended.get(call_sid)
        if page is None:
            return
        if len(page.happenings) >= HAPPENINGS_MAX:
            page.left_out += 1
        else:
            happening = Happening(self._clock.monotonic(), kind, text, facts)
            page.happenings.append(happening)
            if self._journal is not None:
                self._journal.put(Happened(call_sid, happening))

    def close(self, call_sid: str) -> None:
        """The call has ended."""
        page = self._live.pop(call_sid, None)
        if page is not None:
            self._ended[call_sid] = page
            if self._journal is not None:
                self._journal.put(Closed(call_sid, page.all_left_out))

    async def find(self, call_sid: str) -> Trace | None:
        """What is kept of a call, in memory or on disk."""
        trace = self.trace(call_sid)
        if trace is not None or self._journal is None:
            return trace
        return await self._journal.find(call_sid)

    def trace(self, call_sid: str) -> Trace | None:
        """What is kept of a call in memory."""
        page = self._live.get(call_sid) or self._ended.get(call_sid)
        if page is None:
            return None
        entries: list[SipMessage | Happening] = [*page.happenings]
        for dialogue in page.dialogues.values():
            entries += dialogue.messages
        entries.sort(key=lambda entry: entry.at_s)
        children = tuple(
            sid
            for pages in (self._ended, self._live)
            for sid, other in pages.items()
            if other.parent_call_sid == call_sid
        )
        return Trace(
            call_sid,
            page.account_sid,
            page.parent_call_sid,
            page.began_at,
            page.began_s,
            tuple(entries),
            page.all_left_out,
            children,
        )

    def _forget_one(self) -> None:
        _, page = (self._ended or self._live).popitem(last=False)
        for call_id, dialogue in page.dialogues.items():
            if self._claimed.get(call_id) is dialogue:
                del self._claimed[call_id]


def _call_id_of(data: bytes) -> bytes:
    """The Call-ID of a message; empty where there is none. Ours, and most peers', is written in one way."""
    begins = data.find(_CALL_ID)
    if begins >= 0:
        begins += len(_CALL_ID)
    else:
        head = data[:_HEAD_MAX].lower()
        for spelling in _OTHER_SPELLINGS:
            place = head.find(spelling)
            if place >= 0:
                begins = place + len(spelling)
                break
        else:
            return b""
    return data[begins : data.find(b"\r\n", begins)].strip()
