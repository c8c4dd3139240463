"""Runs `<Stream>`: below Connect until it is over, below Start beside the call (reference/twiml 8.1, 9).

The URL's query is dropped, as the live platform does. A stream that fails, or may not begin, is noted with
Twilio's code and told to its callback; below Connect the action or the next verb follows, below Start the
call goes on.
"""

from dataclasses import replace
from typing import Final

from offhook.call.companions import CompanionRefusedError
from offhook.media_streams.live_stream import LiveStream
from offhook.media_streams.order import StreamCallback, StreamOrder
from offhook.model.recording import RecordingTrack
from offhook.twiml.connect.nouns import Track
from offhook.twiml.connect.stream import INVALID_TRACK, Stream
from offhook.twiml.connect.stream_url import resolve_stream_url, stream_url_fault, without_query
from offhook.verbs.connecting.noun import Told
from offhook.verbs.program import Program

TRACKS: Final = {
    Track.INBOUND: RecordingTrack.INBOUND,
    Track.OUTBOUND: RecordingTrack.OUTBOUND,
    Track.BOTH: RecordingTrack.BOTH,
}


class ConnectStream:
    """Talks both ways."""

    async def run(self, noun: Stream, program: Program, told: Told) -> None:
        """Until the server closes, or the verb is cancelled."""
        del told  # the action of a stream is told nothing of it
        live = _begin(_order(noun, program, is_bidirectional=True), program)
        try:
            await live.ended.wait()
        finally:
            live.stop()


class StartStream:
    """Lets somebody listen."""

    def start(self, noun: Stream, program: Program) -> None:
        """Begin to."""
        _begin(_order(noun, program, is_bidirectional=False), program)


class StopStream:
    """Ends what StartStream began."""

    def stop(self, name: str, program: Program) -> None:
        """By its name or Sid. That of Connect is not ended so: its server closes it."""
        live = program.streams.find(program.call.sid, name)
        if live is not None and not live.order.is_bidirectional:
            live.stop()


def _begin(order: StreamOrder, program: Program) -> LiveStream:
    """A stream; one that may not begin fails as it begins, so that its callback is told."""
    try:
        return program.streams.begin(program.call, order)
    except CompanionRefusedError as error:
        program.call.note(error.code, error.message)
        return program.streams.begin(program.call, replace(order, fault=(error.code, error.message)))


def _order(noun: Stream, program: Program, *, is_bidirectional: bool) -> StreamOrder:
    fault, url_fault = None, stream_url_fault(noun.url)
    if url_fault is not None:
        fault = (url_fault[0], f"the URL {url_fault[1]}")
    elif is_bidirectional and noun.track is not Track.INBOUND:
        fault = (INVALID_TRACK, "the track of a stream in both directions must be inbound_track")
    callback = noun.callback
    return StreamOrder(
        url=without_query(resolve_stream_url(program.document_url, noun.url)) if fault is None else noun.url,
        auth_token=program.auth_token,
        name=noun.name,
        track=TRACKS[noun.track] if not is_bidirectional else RecordingTrack.INBOUND,
        callback=StreamCallback(program.resolve(callback.url), callback.method) if callback else None,
        parameters=noun.parameters,
        is_bidirectional=is_bidirectional,
        fault=fault,
    )
