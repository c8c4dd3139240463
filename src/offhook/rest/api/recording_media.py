"""The audio of a recording, as WAV or MP3 (reference/rest-api 2.6).

The suffix says which; none is WAV. It is read and made while it is sent, piece by piece, in a thread. Left
out: ranges of bytes.
"""

import asyncio
from collections.abc import Iterator
from typing import BinaryIO, Final

import structlog

from offhook.model.recording import Recording, RecordingStatus
from offhook.recording.mp3 import is_available, mp3
from offhook.recording.wav import WavAudio, WavError, pieces, read_wav, wav_header
from offhook.rest.api.recordings import recording_in_path
from offhook.rest.errors import INVALID_PARAMETER, NOT_IMPLEMENTED, NOT_READY, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, integer
from offhook.rest.representation import Format
from offhook.rest.resource import Answer, ApiRequest, Media, Operation

log = structlog.get_logger(__name__)

NOT_DUAL: Final = 16113
RETRY_AFTER_S: Final = 1
REQUESTED_CHANNELS: Final[Parameter[int | None]] = Parameter(
    "RequestedChannels", integer(1, 2), INVALID_PARAMETER, None
)


async def fetch_media(request: ApiRequest) -> Answer:
    """GET: the audio, in the channels that were asked for, or those that it has; a conference's in one."""
    recording = await recording_in_path(request, deleted=False)
    if not recording.status.is_final:
        raise ApiError(
            NOT_READY, "The recording is not ready yet", headers={"Retry-After": str(RETRY_AFTER_S)}
        )
    if request.wanted is Format.MP3 and not is_available():
        raise ApiError(
            NOT_IMPLEMENTED, "This node cannot make MP3: pip install 'offhook[mp3]', or ask for .wav"
        )
    # What failed may still have some seconds that a crash or a full disk left.
    has_audio = recording.status in (RecordingStatus.COMPLETED, RecordingStatus.FAILED)
    file = await request.services.recording_files.open(recording) if has_audio else None
    if file is None:
        raise request.not_found()
    try:
        audio = await asyncio.to_thread(read_wav, file)
        channels = _channels(request, recording, audio)
    except WavError as error:
        file.close()
        log.error("recording.unreadable", recording_sid=recording.sid, reason=str(error))
        raise request.not_found() from error
    except BaseException:
        file.close()
        raise
    if request.wanted is Format.MP3:
        return Answer(200, Media("audio/mpeg", _mp3(file, audio, channels), None, file.close))
    length = len(wav_header(0, 1, 0)) + audio.data_bytes * channels // audio.channels
    return Answer(200, Media("audio/x-wav", _wav(file, audio, channels), length, file.close))


def _channels(request: ApiRequest, recording: Recording, audio: WavAudio) -> int:
    asked = request.values[REQUESTED_CHANNELS]
    if asked is None:
        return 1 if recording.conference_sid is not None else audio.channels
    if asked > audio.channels:
        raise ApiError(NOT_DUAL, "Two channels were requested of a mono recording")
    return asked


def _wav(file: BinaryIO, audio: WavAudio, channels: int) -> Iterator[bytes]:
    yield wav_header(audio.rate_hz, channels, audio.data_bytes * channels // audio.channels)
    yield from pieces(file, audio, is_mixed=channels < audio.channels)


def _mp3(file: BinaryIO, audio: WavAudio, channels: int) -> Iterator[bytes]:
    return mp3(pieces(file, audio, is_mixed=channels < audio.channels), audio.rate_hz, channels)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/Accounts/{AccountSid}/Recordings/{Sid}",
        fetch_media,
        ParameterTable(REQUESTED_CHANNELS),
        formats=frozenset({Format.WAV, Format.MP3, Format.BARE}),
    ),
)
