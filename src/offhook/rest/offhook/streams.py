"""What the Media Streams of a call were like: the inspector of `media_streams/inspection.py`.

Of those that run, and of the last thousand of the node that did; another node's are not here.
"""

from statistics import median
from typing import Final

from offhook.media_streams.live_stream import LiveStream
from offhook.rest.api.calls import live_call_in_path
from offhook.rest.representation import JsonValue, Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation


async def list_streams(request: ApiRequest) -> Answer:
    """Every stream of a call that is still known, oldest first."""
    call = await live_call_in_path(request, "CallSid")
    streams = tuple(_shown(live) for live in request.services.inspected_streams(call.sid))
    return Answer(200, Representation("Streams", {"streams": streams}))


def _shown(live: LiveStream) -> dict[str, JsonValue]:
    record, seen = live.record, live.inspection
    clears = seen.clear_to_silence_ms
    return {
        "sid": record.sid,
        "name": record.name,
        "call_sid": record.call_sid,
        "status": record.status.value,
        "track": live.order.track.value,
        "is_bidirectional": live.order.is_bidirectional,
        "date_updated": iso_date(record.updated_at),
        "open_ms": seen.open_ms,
        "frames_sent": seen.frames_sent,
        "frames_dropped": seen.frames_dropped,
        "media_received": seen.media_received,
        "received_ms": seen.received_ms,
        "overflowed_ms": seen.overflowed_ms,
        "playout_depth_ms": live.depth_ms,
        "playout_depth_max_ms": seen.playout_depth_max_ms,
        "underruns": seen.underruns,
        "marks_received": seen.marks_received,
        "marks_sent": seen.marks_sent,
        "clears": seen.clears,
        "clear_to_silence_ms": round(median(clears)) if clears else None,
        "clear_to_silence_max_ms": max(clears, default=None),
        "digits_sent": seen.digits_sent,
        "faults": {fault.value: count for fault, count in sorted(seen.faults.items())},
    }


OPERATIONS: Final = (Operation("GET", "/Calls/{CallSid}/Streams", list_streams),)
