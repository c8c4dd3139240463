"""What a trace is made of, one record after the other, as it stands on disk: bytes to values and back.

    length u32 | kind u8 | at f64 | key length u16 | is ours u8 | flow length u8 | key | flow | body
                                                                  big-endian; at in monotonic seconds

The key is the CallSid; of a message that of its dialogue, which calls claim: a Call-ID may be used again.
What happened in one batch is one record, since JSON costs by the piece: a list of CallSid, time, kind, text,
facts. Credentials are blotted out before (`redaction.py`). Who reads stops at a record that is cut off or is
none: what a crash left half written. Used by `journal.py`.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Final

from offhook.base.frozen import frozen
from offhook.sip.flow import Address, Flow, Transport
from offhook.trace.ports import Facts, Happening, Kind, SipMessage
from offhook.trace.redaction import redacted, without_logins

RECORD_MAX: Final = 64 * 1024 * 1024
"""Longest record that is read: happenings have some hundred bytes, and say at most what SIP says."""
HAPPENINGS_MAX: Final = 1_000
"""Of one record."""
_HEAD: Final = struct.Struct(">IBdH?B")
_AFTER_LENGTH: Final = _HEAD.size - 4
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class RecordKind(IntEnum):
    """What a record tells."""

    OPENED = 1
    CLAIMED = 2
    MESSAGE = 3
    HAPPENED = 4
    CLOSED = 5


@frozen
class Opened:
    """A call is known."""

    call_sid: str
    account_sid: str
    parent_call_sid: str | None
    began_at: datetime
    began_s: float


@frozen
class Claimed:
    """The messages of this dialogue are of this call."""

    call_sid: str
    dialogue: bytes


@frozen
class Said:
    """A message."""

    dialogue: bytes
    message: SipMessage


@frozen
class Happened:
    """Something else."""

    call_sid: str
    happening: Happening


@frozen
class Closed:
    """A call has ended. left_out: of its messages and happenings."""

    call_sid: str
    left_out: int


Entry = Opened | Claimed | Said | Happened | Closed


@frozen
class KeptMessage:
    """A message as it was kept. Implements `ports.SipMessage`."""

    at_s: float
    is_ours: bool
    flow: Flow
    data: bytes


@frozen
class RawRecord:
    """One record, of which the key alone was looked at."""

    kind: RecordKind
    at_s: float
    is_ours: bool
    key: bytes
    flow: bytes
    body: bytes


def pack(entries: Iterable[Entry]) -> bytes:
    """A batch as it is written: some 50 µs for a usual call."""
    written: list[bytes] = []
    happened: list[Happened] = []
    for entry in entries:
        if isinstance(entry, Said):
            written.append(_message(entry.dialogue, entry.message))
        elif isinstance(entry, Happened):
            happened.append(entry)
        else:
            written.append(_of_a_call(entry))
    written += (
        _happenings(happened[begin : begin + HAPPENINGS_MAX])
        for begin in range(0, len(happened), HAPPENINGS_MAX)
    )
    return b"".join(written)


def _of_a_call(entry: Opened | Claimed | Closed) -> bytes:
    key = entry.call_sid.encode()
    match entry:
        case Opened():
            told = _encode((entry.account_sid, entry.parent_call_sid, entry.began_at.isoformat()))
            return _record(RecordKind.OPENED, entry.began_s, key, told.encode("utf-8", "replace"))
        case Claimed():
            return _record(RecordKind.CLAIMED, 0.0, key, entry.dialogue)
        case Closed():
            return _record(RecordKind.CLOSED, 0.0, key, str(entry.left_out).encode())


def _message(dialogue: bytes, message: SipMessage) -> bytes:
    flow, data = _flow_text(message.flow), message.data
    # Most messages have no secrets, and no response has credentials: the patterns are tried on the others.
    if b"crypto" in data or (data[:4] != b"SIP/" and b"authorization" in data.lower()):
        data = redacted(data)
    length = _AFTER_LENGTH + len(dialogue) + len(flow) + len(data)
    head = _HEAD.pack(length, _MESSAGE, message.at_s, len(dialogue), message.is_ours, len(flow))
    return b"%b%b%b%b" % (head, dialogue, flow, data)


def _happenings(entries: list[Happened]) -> bytes:
    told = _encode([_row(entry.call_sid, entry.happening) for entry in entries])
    if "@" in told and "://" in told:
        told = _encode([_row(entry.call_sid, _without_logins(entry.happening)) for entry in entries])
    return _record(RecordKind.HAPPENED, 0.0, b"", told.encode("utf-8", "replace"))


def _row(call_sid: str, happening: Happening) -> tuple[str, float, Kind, str, Facts]:
    return call_sid, happening.at_s, happening.kind, happening.text, happening.facts


def _without_logins(happening: Happening) -> Happening:
    facts = tuple(
        (name, without_logins(value) if isinstance(value, str) else value) for name, value in happening.facts
    )
    return Happening(happening.at_s, happening.kind, without_logins(happening.text), facts)


def records(data: bytes) -> Iterator[RawRecord]:
    """The records of a file, up to the first that is cut off or is none."""
    at = 0
    while at + _HEAD.size <= len(data):
        length, kind, at_s, key_length, is_ours, flow_length = _HEAD.unpack_from(data, at)
        key = at + _HEAD.size
        flow, body, ends = key + key_length, key + key_length + flow_length, at + 4 + length
        if kind not in _KINDS or length > RECORD_MAX or not body <= ends <= len(data):
            return
        yield RawRecord(_KINDS[kind], at_s, is_ours, data[key:flow], data[flow:body], data[body:ends])
        at = ends


def unpack(record: RawRecord) -> Iterator[Entry]:
    """What a record tells. Raises: ValueError for one that tells nothing."""
    try:
        match record.kind:
            case RecordKind.MESSAGE:
                message = KeptMessage(record.at_s, record.is_ours, _flow(record.flow.decode()), record.body)
                yield Said(record.key, message)
            case RecordKind.HAPPENED:
                for call_sid, at_s, kind, text, facts in json.loads(record.body):
                    told = tuple((str(name), value) for name, value in facts)
                    yield Happened(str(call_sid), Happening(float(at_s), Kind(kind), str(text), told))
            case RecordKind.OPENED:
                account_sid, parent, began_at = json.loads(record.body)
                began = datetime.fromisoformat(began_at).astimezone(UTC)
                yield Opened(record.key.decode(), str(account_sid), parent, began, record.at_s)
            case RecordKind.CLAIMED:
                yield Claimed(record.key.decode(), record.body)
            case RecordKind.CLOSED:
                yield Closed(record.key.decode(), int(record.body))
    except (TypeError, KeyError, IndexError, OverflowError) as error:
        raise ValueError(f"a record of kind {record.kind.name} that tells nothing") from error


_KINDS: Final[dict[int, RecordKind]] = {kind.value: kind for kind in RecordKind}
_MESSAGE: Final = RecordKind.MESSAGE.value


def _record(kind: RecordKind, at_s: float, key: bytes, body: bytes) -> bytes:
    head = _HEAD.pack(_AFTER_LENGTH + len(key) + len(body), kind.value, at_s, len(key), False, 0)
    return b"%b%b%b" % (head, key, body)


@lru_cache(maxsize=1_024)
def _flow_text(flow: Flow) -> bytes:
    local, remote = flow.local, flow.remote
    return f"{flow.transport.value} {local.host} {local.port} {remote.host} {remote.port}".encode()[:255]


def _flow(text: str) -> Flow:
    transport, local_host, local_port, remote_host, remote_port = text.split(" ")
    local = Address(local_host, int(local_port))
    return Flow(Transport(transport), local, Address(remote_host, int(remote_port)), local)
