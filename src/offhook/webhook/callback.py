"""The parameters of callbacks: Twilio's names for news of a call (reference/twiml 12.1).

Used by `webhook/client.py`.
"""

from email.utils import format_datetime
from typing import Final

from offhook.webhook.parameters import standard_parameters
from offhook.webhook.ports import Parameters, ProgressEvent, ProgressNews

SOURCE: Final = "call-progress-events"


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
