"""`<Transcription>` below Start: what is said, told as text while it is said (reference/twiml 8.4, 11)."""

from typing import Final

from tests.contract.twiml.expectation import ANY, Ends, Expectations, Parameters, Request, Tells
from tests.contract.twiml.row import WORKS, Caller, Case, Level, Note, Row, Speak, State, Wait, part

SENTENCE: Final = "I would like to talk to a person"
_STARTED: Final[Parameters] = {
    "TranscriptionEvent": "transcription-started",
    "SequenceId": "1",
    "TranscriptionSid": ANY,
    "CallSid": ANY,
    "AccountSid": ANY,
    "Timestamp": ANY,
    "ProviderConfiguration": ANY,
    "TranscriptionEngine": "google",
    "Track": "both_tracks",
    "PartialResults": "false",
    "LanguageCode": "en-US",
}
_CONTENT: Final[Parameters] = {
    "TranscriptionEvent": "transcription-content",
    "SequenceId": "2",
    "Track": "inbound_track",
    "Final": "true",
    "LanguageCode": "en-US",
    "TranscriptionData": ANY,
}
_STOPPED: Final[Parameters] = {"TranscriptionEvent": "transcription-stopped"}
_STATE: Final = part("told as it is written; the recogniser of the node is the same")


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *notes: Note,
    started: Parameters | None = None,
    content: Parameters | None = None,
    method: str = "POST",
    told: Expectations | None = None,
    state: State = WORKS,
) -> Row:
    """The caller says a sentence where that is the point: `content`, which may be empty."""
    ends = {**_STOPPED, "SequenceId": "2" if content is None else "3"}
    said = () if content is None else ({**_CONTENT, **content},)
    news = ({**_STARTED, **(started or {})}, *said, ends)
    expect = told or (Tells("news", tuple(Request("news", has, method) for has in news)),)
    return Row(
        verb="Transcription",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Start><Transcription {written}/></Start><Play>/silence/6</Play>",
        expect=(*expect, Ends()),
        caller=Caller((Wait(0.3), Speak(SENTENCE)) if content is not None else ()),
        notes=notes,
        lasts_s=9.0,
        state=state,
    )


_NOBODY: Final[Expectations] = (Tells("news", ()),)
_FAILED: Final[Expectations] = (
    Tells(
        "news",
        (
            Request(
                "news",
                {"TranscriptionEvent": "transcription-error", "TranscriptionErrorCode": "32650"},
            ),
        ),
    ),
)
_CALLBACK: Final = 'statusCallbackUrl="news"'
_BOUNDED: Final = (
    ("name", 256),
    ("inboundTrackLabel", 256),
    ("outboundTrackLabel", 256),
    ("speechModel", 64),
)

ROWS: Final = (
    _row("statusCallbackUrl", Case.ABSENT, "", "nobody is told", told=_NOBODY),
    _row(
        "statusCallbackUrl",
        Case.GIVEN,
        _CALLBACK,
        "is told its beginning, each sentence and its end",
        content={},
    ),
    _row(
        "statusCallbackUrl",
        Case.BAD,
        'statusCallbackUrl="ftp://files.test/"',
        "is noted, and nobody is told",
        Note(11100, level=Level.ERROR),
        told=_NOBODY,
    ),
    _row("statusCallbackMethod", Case.ABSENT, _CALLBACK, "POST"),
    _row("statusCallbackMethod", Case.GIVEN, f'{_CALLBACK} statusCallbackMethod="GET"', "GET", method="GET"),
    _row(
        "statusCallbackMethod",
        Case.BAD,
        f'{_CALLBACK} statusCallbackMethod="PUT"',
        "is refused, POST instead",
        Note(12200),
    ),
    _row("name", Case.ABSENT, _CALLBACK, "its Sid is its name", started={"Name": ANY}),
    _row("name", Case.GIVEN, f'{_CALLBACK} name="mine"', "is told", started={"Name": "mine"}),
    _row("track", Case.ABSENT, _CALLBACK, "both"),
    _row(
        "track",
        Case.GIVEN,
        f'{_CALLBACK} track="inbound_track"',
        "the caller alone",
        started={"Track": "inbound_track"},
        content={},
    ),
    _row("track", Case.BAD, f'{_CALLBACK} track="left"', "is refused, both instead", Note(12200)),
    _row("languageCode", Case.ABSENT, _CALLBACK, "en-US"),
    _row(
        "languageCode",
        Case.GIVEN,
        f'{_CALLBACK} languageCode="en-GB"',
        "English of another country",
        started={"LanguageCode": "en-GB"},
        content={"LanguageCode": "en-GB"},
    ),
    _row("languageCode", Case.BAD, f'{_CALLBACK} languageCode="german!"', "is refused", Note(12200)),
    _row("inboundTrackLabel", Case.ABSENT, _CALLBACK, "none", started={"InboundTrackLabel": None}),
    _row(
        "inboundTrackLabel",
        Case.GIVEN,
        f'{_CALLBACK} inboundTrackLabel="guest"',
        "is told",
        started={"InboundTrackLabel": "guest"},
    ),
    _row("outboundTrackLabel", Case.ABSENT, _CALLBACK, "none", started={"OutboundTrackLabel": None}),
    _row(
        "outboundTrackLabel",
        Case.GIVEN,
        f'{_CALLBACK} outboundTrackLabel="agent"',
        "is told",
        started={"OutboundTrackLabel": "agent"},
    ),
    _row("transcriptionEngine", Case.ABSENT, _CALLBACK, "google", state=_STATE),
    _row(
        "transcriptionEngine",
        Case.GIVEN,
        f'{_CALLBACK} transcriptionEngine="deepgram"',
        "is told",
        started={"TranscriptionEngine": "deepgram"},
        state=_STATE,
    ),
    _row(
        "transcriptionEngine",
        Case.BAD,
        f'{_CALLBACK} transcriptionEngine="siri"',
        "fails, and the call goes on",
        Note(32650, at=None, level=Level.ERROR),
        told=_FAILED,
        state=_STATE,
    ),
    _row("speechModel", Case.ABSENT, _CALLBACK, "telephony", state=_STATE),
    _row("speechModel", Case.GIVEN, f'{_CALLBACK} speechModel="long"', "is told", state=_STATE),
    _row("profanityFilter", Case.ABSENT, _CALLBACK, "swear words are masked"),
    _row("profanityFilter", Case.GIVEN, f'{_CALLBACK} profanityFilter="false"', "they are told"),
    _row("profanityFilter", Case.BAD, f'{_CALLBACK} profanityFilter="no"', "is refused", Note(12200)),
    _row("partialResults", Case.ABSENT, _CALLBACK, "whole sentences alone"),
    _row("partialResults", Case.BAD, f'{_CALLBACK} partialResults="some"', "is refused", Note(12200)),
    _row("enableAutomaticPunctuation", Case.ABSENT, _CALLBACK, "with marks"),
    _row(
        "enableAutomaticPunctuation",
        Case.BAD,
        f'{_CALLBACK} enableAutomaticPunctuation="no"',
        "is refused",
        Note(12200),
    ),
    _row("enableProviderData", Case.BAD, f'{_CALLBACK} enableProviderData="no"', "is refused", Note(12200)),
    _row(
        "enableAutomaticPunctuation",
        Case.GIVEN,
        f'{_CALLBACK} enableAutomaticPunctuation="false"',
        "without marks",
    ),
    _row("enableProviderData", Case.ABSENT, _CALLBACK, "none", content={"TranscriptionProviderData": None}),
    _row(
        "enableProviderData",
        Case.GIVEN,
        f'{_CALLBACK} enableProviderData="true"',
        "when the words were said",
        content={"TranscriptionProviderData": ANY},
    ),
    _row("hints", Case.ABSENT, _CALLBACK, "none are needed"),
    _row("hints", Case.GIVEN, f'{_CALLBACK} hints="person, password"', "words that are likely"),
    _row(
        "partialResults",
        Case.GIVEN,
        f'{_CALLBACK} partialResults="true"',
        "what is understood so far as well",
        told=(
            Tells(
                "news",
                (
                    Request("news", {**_STARTED, "PartialResults": "true"}),
                    Request("news", {"TranscriptionEvent": "transcription-content", "SequenceId": "2"}),
                ),
                further=True,
            ),
        ),
        content={},
    ),
    *(
        _row(name, Case.LIMIT, f'{_CALLBACK} {name}="{"a" * most}"', f"{most} characters")
        for name, most in _BOUNDED
    ),
    *(
        _row(name, Case.BAD, f'{_CALLBACK} {name}="{"a" * (most + 1)}"', "is refused", Note(12200))
        for name, most in _BOUNDED
    ),
    *(
        _row(name, case, written, shows, state=part("is accepted, and left"))
        for name in ("intelligenceService", "conversationId", "conversationConfiguration")
        for case, written, shows in (
            (Case.ABSENT, _CALLBACK, "the call is transcribed"),
            (Case.GIVEN, f'{_CALLBACK} {name}="GA1"', "is accepted, and left"),
        )
    ),
)
