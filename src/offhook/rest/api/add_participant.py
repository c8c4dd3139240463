"""Dialling somebody for a conference (reference/rest-api 2.3): `POST` to its participants, by name or Sid.

A call of the API whose document dials the conference; who it calls and who calls, as for `POST /Calls`. An
unknown name begins a conference. Where the page is silent: SipAuth… and the rest of a call's own parameters
are those of Calls. Machines are detected beside the call. Early media is heard by those who wait
as well.
"""

from enum import StrEnum
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from offhook.base.ids import is_sid
from offhook.conference.plan import PARTICIPANTS_MAX, ConferencePlan, JoinError, News, SeatPlan
from offhook.model.recording import RecordingSource
from offhook.recording.recorder import RecordingCallback, RecordingOrder
from offhook.rest.api.conferences import OVER, refuse_elsewhere
from offhook.rest.api.create_call import (
    CALL_REASON,
    CALL_TOKEN,
    NOTIFICATION_URL,
    SIP_AUTH_PASSWORD,
    SIP_AUTH_USERNAME,
    TIME_LIMIT,
    credentials_of,
)
from offhook.rest.api.participants import (
    COACHED,
    NO_ONE_TO_COACH,
    PARTICIPANTS,
    WAIT_METHOD,
    WAIT_URL,
    representation,
)
from offhook.rest.call_parameters import (
    STATUS_CALLBACK,
    STATUS_CALLBACK_EVENT,
    STATUS_CALLBACK_METHOD,
    status_callback_of,
    time_limit,
)
from offhook.rest.call_parties import BYOC, CALLER_ID, FROM_CALLER, TO_CALL, called_by, caller_of
from offhook.rest.detection_parameters import PARTICIPANT_DETECTION, participant_detection
from offhook.rest.errors import INVALID_PARAMETER, UNAVAILABLE, ApiError
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    Values,
    boolean,
    http_method,
    http_url,
    integer,
    text,
    word,
    words,
)
from offhook.rest.recording_parameters import CHANNELS, TRACK, TRIM, Trim, recording_plan
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.switchboard.place_call import CallToPlace, ClientToCall
from offhook.switchboard.turns import QueueFullError
from offhook.twiml.dial.conference import MAX_NAME, REGIONS, is_label
from offhook.verbs.dialler import OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.webhook.ports import ConferenceSubscription

BAD_LABEL: Final = 16024
LABEL_TAKEN: Final = 16026
BAD_NAME: Final = 16003
QUEUE_FULL: Final = 22005
_OF_JOIN: Final = {16025: LABEL_TAKEN, 13240: NO_ONE_TO_COACH, 13236: OVER}
"""What a document is told, as the API is."""


class Beep(StrEnum):
    """When a beep is heard."""

    TRUE = "true"
    FALSE = "false"
    ON_ENTER = "onEnter"
    ON_EXIT = "onExit"


class JitterBufferSize(StrEnum):
    """How much jitter is made up for."""

    OFF = "off"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class ConferenceRecord(StrEnum):
    """Whether the conference is recorded."""

    TRUE = "true"
    FALSE = "false"
    RECORD_FROM_START = "record-from-start"
    DO_NOT_RECORD = "do-not-record"


class RecordingNews(StrEnum):
    """What one may ask to be told of a recording; `completed`, `in-progress` and `absent` are told."""

    STARTED = "started"
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    COMPLETED = "completed"
    FAILED = "failed"
    ABSENT = "absent"


Region = StrEnum("Region", [(name.upper(), name) for name in REGIONS])  # type: ignore[misc]

LABEL: Final[Parameter[str | None]] = Parameter("Label", text(128), BAD_LABEL, None)
TIMEOUT: Final = Parameter("Timeout", integer(5, 600), 21208, 60)
MUTED: Final = Parameter("Muted", boolean, INVALID_PARAMETER, default=False)
END_ON_EXIT: Final = Parameter("EndConferenceOnExit", boolean, INVALID_PARAMETER, default=False)
START_ON_ENTER: Final = Parameter("StartConferenceOnEnter", boolean, INVALID_PARAMETER, default=True)
BEEP: Final = Parameter("Beep", word(Beep), INVALID_PARAMETER, Beep.TRUE)
EARLY_MEDIA: Final = Parameter("EarlyMedia", boolean, INVALID_PARAMETER, default=True)
MAX_PARTICIPANTS: Final = Parameter(
    "MaxParticipants", integer(2, PARTICIPANTS_MAX), INVALID_PARAMETER, PARTICIPANTS_MAX
)
RECORD: Final = Parameter("Record", boolean, INVALID_PARAMETER, default=False)
RECORDING_CALLBACK: Final[Parameter[str | None]] = Parameter("RecordingStatusCallback", http_url, 21609, None)
RECORDING_CALLBACK_METHOD: Final = Parameter("RecordingStatusCallbackMethod", http_method, 21209, "POST")
_COMPLETED: Final = frozenset({RecordingNews.COMPLETED})
RECORDING_CALLBACK_EVENT: Final[Parameter[frozenset[RecordingNews]]] = Parameter(
    "RecordingStatusCallbackEvent", words(RecordingNews), 21626, _COMPLETED, is_repeated=True
)
CONFERENCE_RECORD: Final = Parameter(
    "ConferenceRecord", word(ConferenceRecord), INVALID_PARAMETER, ConferenceRecord.FALSE
)
CONFERENCE_TRIM: Final = Parameter("ConferenceTrim", word(Trim), INVALID_PARAMETER, Trim.TRIM_SILENCE)
CONFERENCE_CALLBACK: Final[Parameter[str | None]] = Parameter(
    "ConferenceStatusCallback", http_url, 21609, None
)
CONFERENCE_CALLBACK_METHOD: Final = Parameter("ConferenceStatusCallbackMethod", http_method, 21209, "POST")
CONFERENCE_CALLBACK_EVENT: Final[Parameter[frozenset[ConferenceSubscription]]] = Parameter(
    "ConferenceStatusCallbackEvent",
    words(ConferenceSubscription),
    21626,
    frozenset({ConferenceSubscription.START, ConferenceSubscription.END}),
    is_repeated=True,
)
CONFERENCE_RECORDING_CALLBACK: Final[Parameter[str | None]] = Parameter(
    "ConferenceRecordingStatusCallback", http_url, 21609, None
)
CONFERENCE_RECORDING_CALLBACK_METHOD: Final = Parameter(
    "ConferenceRecordingStatusCallbackMethod", http_method, 21209, "POST"
)
CONFERENCE_RECORDING_CALLBACK_EVENT: Final[Parameter[frozenset[RecordingNews]]] = Parameter(
    "ConferenceRecordingStatusCallbackEvent", words(RecordingNews), 21626, _COMPLETED, is_repeated=True
)
IS_COACHING: Final = Parameter("Coaching", boolean, INVALID_PARAMETER, default=False)
JITTER_BUFFER_SIZE: Final = Parameter(
    "JitterBufferSize", word(JitterBufferSize), INVALID_PARAMETER, JitterBufferSize.LARGE
)
REGION: Final[Parameter[Region | None]] = Parameter("Region", word(Region), INVALID_PARAMETER, None)

CALLER_DISPLAY_NAME: Final[Parameter[str | None]] = Parameter(
    "CallerDisplayName", text(255), INVALID_PARAMETER, None
)
WITHOUT_EFFECT: Final = (
    CALLER_DISPLAY_NAME,
    CALL_REASON,
    CALL_TOKEN,
    NOTIFICATION_URL,
)
"""Checked, and of no effect here, as those of Calls are."""


async def add_participant(request: ApiRequest) -> Answer:
    """POST: dial somebody, who joins with the answer; the answer is the participant to be."""
    values, account = request.values, request.account
    longest_s = request.services.limits.call_length_s
    plan = await _conference(request)
    seat = _seat(values)
    called = await called_by(values, request)
    caller = await caller_of(values, called.callee, request)
    can_be_machine = not isinstance(called.callee, ClientToCall)
    detection = participant_detection(values, can_be_machine=can_be_machine)
    wanted = CallToPlace(
        account_sid=account.sid,
        auth_token=account.auth_token,
        to=called.callee,
        from_=caller.text,
        from_uri=caller.uri,
        phone_number_sid=caller.phone_number_sid,
        is_secure=called.is_secure,
        headers=called.headers,
        warnings=(*called.warnings, *detection.warnings),
        detection=detection.order,
        start=InlineDocument(""),
        fallback_url=None,
        fallback_method="POST",
        timeout_s=float(values[TIMEOUT]),
        time_limit_s=float(time_limit(values[TIME_LIMIT], longest_s) or longest_s),
        credentials=credentials_of(values),
        status_callback=status_callback_of(values),
        recording=_recording(request),
    )
    try:
        participant = request.services.add_participant(wanted, plan, seat, lambda sid: _document(sid, values))
    except JoinError as error:
        raise ApiError(_OF_JOIN.get(error.code, error.code), error.message) from error
    except QueueFullError as error:
        raise ApiError(QUEUE_FULL, str(error)) from error
    except OverloadError as error:
        raise ApiError(UNAVAILABLE, str(error), headers={"Retry-After": "10"}) from error
    await request.services.store.flushed()
    return Answer(201, representation(participant, queue_time="0"))


async def _conference(request: ApiRequest) -> ConferencePlan:
    """The conference that is meant, as it is to be if it begins now. Raises: ApiError 16003, 16022, 20409."""
    values, name = request.values, request.segments["ConferenceSid"]
    if not 0 < len(name) <= MAX_NAME:
        raise ApiError(BAD_NAME, f"the name of a conference has 1 to {MAX_NAME} characters")
    if is_sid(name, "CF") and request.services.conferences.find(request.account_sid, name) is None:
        await refuse_elsewhere(request, name)
        raise ApiError(OVER, f"Conference {name} is over, or never was")
    url = values[CONFERENCE_CALLBACK]
    news = None
    if url is not None:
        news = News(url, values[CONFERENCE_CALLBACK_METHOD], values[CONFERENCE_CALLBACK_EVENT])
    region = values[REGION]
    return ConferencePlan(
        account_sid=request.account_sid,
        friendly_name=name,
        auth_token=request.account.auth_token,
        participants_max=values[MAX_PARTICIPANTS],
        region=None if region is None else region.value,
        news=news,
    )


def _seat(values: Values) -> SeatPlan:
    """What is known of it before it joins. Raises: ApiError 16024, 16028."""
    label, coached = values[LABEL], values[COACHED]
    if label is not None and not is_label(label):
        raise ApiError(BAD_LABEL, f"Invalid Label {label}: it has a / or is a Sid")
    if values[IS_COACHING] and coached is None:
        raise ApiError(NO_ONE_TO_COACH, "Coaching needs CallSidToCoach")
    return SeatPlan(
        label=label,
        is_muted=values[MUTED],
        starts_conference=values[START_ON_ENTER],
        ends_conference=values[END_ON_EXIT],
        has_early_media=values[EARLY_MEDIA],
        coaches=coached if values[IS_COACHING] else None,
    )


def _recording(request: ApiRequest) -> RecordingOrder | None:
    """Of its call alone."""
    values = request.values
    if not values[RECORD]:
        return None
    url = values[RECORDING_CALLBACK]
    events = frozenset(event.value for event in values[RECORDING_CALLBACK_EVENT])
    callback = None if url is None else RecordingCallback(url, values[RECORDING_CALLBACK_METHOD], events)
    plan = recording_plan(values, trims_silence=True)
    return RecordingOrder(RecordingSource.OUTBOUND_API, request.account.auth_token, plan, callback)


def _document(conference_sid: str, values: Values) -> InlineDocument:
    """What its call runs once it is answered."""
    attributes: dict[str, str | None] = {
        "muted": _word(values[MUTED]),
        "beep": values[BEEP].value,
        "startConferenceOnEnter": _word(values[START_ON_ENTER]),
        "endConferenceOnExit": _word(values[END_ON_EXIT]),
        "participantLabel": values[LABEL],
        "jitterBufferSize": values[JITTER_BUFFER_SIZE].value,
        "coach": values[COACHED] if values[IS_COACHING] else None,
        "record": values[CONFERENCE_RECORD].value,
        "trim": values[CONFERENCE_TRIM].value,
    }
    if WAIT_URL.name in values.texts:
        attributes |= {"waitUrl": values[WAIT_URL], "waitMethod": values[WAIT_METHOD]}
    if values[CONFERENCE_RECORDING_CALLBACK] is not None:
        told = {event.value for event in values[CONFERENCE_RECORDING_CALLBACK_EVENT]}
        told &= {"in-progress", "completed", "absent"}
        attributes |= {
            "recordingStatusCallback": values[CONFERENCE_RECORDING_CALLBACK],
            "recordingStatusCallbackMethod": values[CONFERENCE_RECORDING_CALLBACK_METHOD],
            "recordingStatusCallbackEvent": " ".join(sorted(told)) or "completed",
        }
    written = " ".join(
        f"{name}={quoteattr(value)}" for name, value in attributes.items() if value is not None
    )
    noun = f"<Conference {written}>{escape(conference_sid)}</Conference>"
    return InlineDocument(f"<Response><Dial>{noun}</Dial></Response>")


def _word(value: bool) -> str:
    return "true" if value else "false"


OPERATIONS: Final = (
    Operation(
        "POST",
        PARTICIPANTS,
        add_participant,
        ParameterTable(
            FROM_CALLER,
            TO_CALL,
            STATUS_CALLBACK,
            STATUS_CALLBACK_METHOD,
            STATUS_CALLBACK_EVENT,
            LABEL,
            TIMEOUT,
            RECORD,
            MUTED,
            BEEP,
            START_ON_ENTER,
            END_ON_EXIT,
            WAIT_URL,
            WAIT_METHOD,
            EARLY_MEDIA,
            MAX_PARTICIPANTS,
            CONFERENCE_RECORD,
            CONFERENCE_TRIM,
            CONFERENCE_CALLBACK,
            CONFERENCE_CALLBACK_METHOD,
            CONFERENCE_CALLBACK_EVENT,
            CHANNELS,
            TRACK,
            TRIM,
            RECORDING_CALLBACK,
            RECORDING_CALLBACK_METHOD,
            RECORDING_CALLBACK_EVENT,
            SIP_AUTH_USERNAME,
            SIP_AUTH_PASSWORD,
            REGION,
            CONFERENCE_RECORDING_CALLBACK,
            CONFERENCE_RECORDING_CALLBACK_METHOD,
            CONFERENCE_RECORDING_CALLBACK_EVENT,
            IS_COACHING,
            COACHED,
            JITTER_BUFFER_SIZE,
            BYOC,
            CALLER_ID,
            TIME_LIMIT,
            *PARTICIPANT_DETECTION,
            *WITHOUT_EFFECT,
            required=(FROM_CALLER, TO_CALL),
        ),
    ),
)
