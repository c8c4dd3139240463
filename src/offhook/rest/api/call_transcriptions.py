"""Real-time transcriptions of a live call: begin one, stop it (reference/rest-api 2.2, 3.1).

What the node's recogniser has no choice in is taken and told as it was asked for. IntelligenceService and
what belongs to conversations are taken, and of no effect: they are services of Twilio's.
"""

from enum import StrEnum
from typing import Final

from offhook.rest.api.call_companions import NAME, CompanionResource, Track, refusals
from offhook.rest.api.calls import live_call_in_path
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.parameters import Parameter, ParameterTable, boolean, http_method, http_url, text, word
from offhook.rest.resource import Answer, ApiRequest
from offhook.transcribing.order import TranscriptionOrder


class Engine(StrEnum):
    """Whose recogniser is asked for."""

    GOOGLE = "google"
    DEEPGRAM = "deepgram"


TRACK: Final = Parameter("Track", word(Track), INVALID_PARAMETER, Track.BOTH)
CALLBACK: Final[Parameter[str | None]] = Parameter("StatusCallbackUrl", http_url, 21609, None)
CALLBACK_METHOD: Final = Parameter("StatusCallbackMethod", http_method, 21209, "POST")
INBOUND_LABEL: Final = Parameter("InboundTrackLabel", text(256), INVALID_PARAMETER, "")
OUTBOUND_LABEL: Final = Parameter("OutboundTrackLabel", text(256), INVALID_PARAMETER, "")
PARTIAL_RESULTS: Final = Parameter("PartialResults", boolean, INVALID_PARAMETER, default=False)
LANGUAGE: Final = Parameter("LanguageCode", text(64), INVALID_PARAMETER, "en-US")
ENGINE: Final = Parameter("TranscriptionEngine", word(Engine), INVALID_PARAMETER, Engine.GOOGLE)
PROFANITY_FILTER: Final = Parameter("ProfanityFilter", boolean, INVALID_PARAMETER, default=True)
MODEL: Final = Parameter("SpeechModel", text(64), INVALID_PARAMETER, "telephony")
HINTS: Final = Parameter("Hints", text(50_000), INVALID_PARAMETER, "")
PUNCTUATION: Final = Parameter("EnableAutomaticPunctuation", boolean, INVALID_PARAMETER, default=True)
PROVIDER_DATA: Final = Parameter("EnableProviderData", boolean, INVALID_PARAMETER, default=False)
WITHOUT_EFFECT: Final = tuple(
    Parameter(name, text(256), INVALID_PARAMETER, "")
    for name in (
        "IntelligenceService",
        "ConversationConfiguration",
        "ConversationId",
        "ConfigurationId",
    )
)

TRANSCRIPTIONS: Final = CompanionResource(
    "RealtimeTranscription", "Transcriptions", lambda services: services.stop_transcription
)


async def begin_transcription(request: ApiRequest) -> Answer:
    """POST: transcribe the call in the path from now on."""
    call = await live_call_in_path(request, "CallSid")
    values = request.values
    order = TranscriptionOrder(
        auth_token=request.account.auth_token,
        name=values[NAME],
        track=values[TRACK].heard,
        labels=(values[INBOUND_LABEL], values[OUTBOUND_LABEL]),
        callback_url=values[CALLBACK],
        callback_method=values[CALLBACK_METHOD],
        language=values[LANGUAGE],
        engine=values[ENGINE].value,
        model=values[MODEL],
        hints=tuple(hint.strip() for hint in values[HINTS].split(",") if hint.strip())[:500],
        profanity_filter=values[PROFANITY_FILTER],
        partial_results=values[PARTIAL_RESULTS],
        punctuation=values[PUNCTUATION],
        provider_data=values[PROVIDER_DATA],
    )
    with refusals():
        begun = request.services.transcribe_call(request.account_sid, call.sid, order)
    return TRANSCRIPTIONS.answer(begun)


OPERATIONS: Final = TRANSCRIPTIONS.operations(
    begin_transcription,
    ParameterTable(
        NAME,
        TRACK,
        CALLBACK,
        CALLBACK_METHOD,
        INBOUND_LABEL,
        OUTBOUND_LABEL,
        PARTIAL_RESULTS,
        LANGUAGE,
        ENGINE,
        PROFANITY_FILTER,
        MODEL,
        HINTS,
        PUNCTUATION,
        PROVIDER_DATA,
        *WITHOUT_EFFECT,
    ),
)
