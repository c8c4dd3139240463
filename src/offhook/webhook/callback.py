"""The parameters of callbacks: Twilio's names for news of a call (reference/twiml 12).

Used by `webhook/client.py`.
"""

from email.utils import format_datetime
from typing import Final

from offhook.model.recording import RecordingStatus
from offhook.webhook.conference import conference_parameters
from offhook.webhook.parameters import standard_parameters
from offhook.webhook.ports import (
    ConferenceNews,
    EventNews,
    News,
    Parameters,
    ProgressEvent,
    ProgressNews,
    RecordingNews,
)

SOURCE: Final = "call-progress-events"


def parameters_of(news: News) -> Parameters:
    """Names and values in the order in which they are sent."""
    match news:
        case ProgressNews():
            return progress_parameters(news)
        case RecordingNews():
            return recording_parameters(news)
        case ConferenceNews():
            return conference_parameters(news)
        case EventNews():
            return (*(standard_parameters(news.call, None) if news.call else ()), *news.parameters)


def recording_parameters(news: RecordingNews) -> Parameters:
    """Of a recording: its duration once it is whole (reference/twiml 12.2)."""
    recording = news.recording
    is_of_call = recording.conference_sid is None
    parameters = [
        ("AccountSid", recording.account_sid),
        ("CallSid", recording.call_sid or "")
        if is_of_call
        else ("ConferenceSid", recording.conference_sid or ""),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", news.recording_url),
        ("RecordingStatus", recording.status.value),
        ("RecordingChannels", str(recording.channels)),
        ("RecordingSource", recording.source.value),
        ("RecordingTrack", recording.track.value),
        ("ErrorCode", str(recording.error_code or 0)),
    ]
    if recording.started_at is not None:
        parameters.append(("RecordingStartTime", format_datetime(recording.started_at)))
    if recording.status is RecordingStatus.COMPLETED:
        parameters.append(("RecordingDuration", str(recording.duration_s or 0)))
    return tuple(parameters)


def progress_parameters(news: ProgressNews) -> Parameters:
    """Names and values in the order in which they are sent."""
    call = news.call
    status = _STATUS.get(news.event, call.status.value)
    parameters = [
        (name, status if name == "CallStatus" else value) for name, value in standard_parameters(call, None)
    ]
    if news.event is ProgressEvent.COMPLETED:
        duration_s = call.duration_s or 0
        parameters.append(("CallDuration", str(duration_s)))
        parameters.append(("Duration", str(-(-duration_s // 60))))  # minutes, each that was begun
        if call.sip_response_code is not None:
            parameters.append(("SipResponseCode", str(call.sip_response_code)))
    if news.recording is not None:
        parameters += [
            ("RecordingUrl", news.recording.url),
            ("RecordingSid", news.recording.sid),
            ("RecordingDuration", str(news.recording.duration_s)),
        ]
    parameters += [
        ("Timestamp", format_datetime(call.updated_at)),
        ("CallbackSource", SOURCE),
        ("SequenceNumber", str(news.sequence_number)),
    ]
    return tuple(parameters)


_STATUS: Final = {
    ProgressEvent.INITIATED: "initiated",
    ProgressEvent.RINGING: "ringing",
    ProgressEvent.ANSWERED: "in-progress",
}
"""What CallStatus says, wherever the call has come to meanwhile."""
