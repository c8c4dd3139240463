"""`<ConversationRelay>`: what its agent is told, and what the caller hears of it (reference/twiml 10).

`agent` is the server of `agent_server.py`, and its query what it does. Its URL keeps it, unlike a Stream's.
"""

import json
from typing import Final
from urllib.parse import urlencode

from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Ends,
    Expectation,
    Expectations,
    HearsSaid,
    HearsSpeech,
    Parameters,
    Request,
    Tells,
    Words,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import (
    WORKS,
    Act,
    Caller,
    Case,
    Level,
    Note,
    Press,
    Row,
    Speak,
    State,
    Wait,
    part,
)

TEXT: Final = "The parcel has arrived."
MOSTLY_NULL: Final = {
    "type": "text",
    "token": TEXT,
    "last": True,
    **dict.fromkeys(("lang", "interruptible", "preemptible")),
}
STORY: Final = (
    "It was a long way through the woods. Nobody saw where the bird went. In the end it came back home."
)
"""Some six seconds."""
SENTENCE: Final = "I would like to talk to a person"
LONG_WINDED: Final = (
    f"{SENTENCE} and I want to change my password and I would like to know when the shop opens tomorrow"
)
"""So long that the recogniser has a moment for what is understood so far, although others speak as well."""
AFTER: Final = "<Play>/tone/620/1</Play>"
LEFT: Final = part("it is read and left: it is of Twilio's services")
ASKED: Final = part("the recogniser is asked for it; what it does is its own")
FAILS: Final = Note(64102, level=Level.ERROR)
BAD: Final = Note(64101, level=Level.ERROR)


def _agent(**does: str) -> str:
    query = urlencode(does).replace("&", "&amp;")
    return f'url="agent?{query}"'


def _told(**told: str | Words | None) -> Expectation:
    """What the agent was told in all."""
    return Tells("news-agent", (Request("news-agent", told, "WS"),))


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    does: tuple[Act, ...] = (),
    inside: str = "",
    around: str = "",
    after: str = "",
    state: State = WORKS,
    lasts_s: float = 7.0,
    stays_s: float = 50.0,
) -> Row:
    noun = f"<ConversationRelay {written}>{inside}</ConversationRelay>"
    return Row(
        verb="ConversationRelay",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Connect{around}>{noun}</Connect>{after}",
        expect=expect,
        then={"next": AFTER},
        caller=Caller(does, stays_s=stays_s),
        notes=notes,
        lasts_s=lasts_s,
        state=state,
    )


def _said(text: str = TEXT, **manner: str) -> Expectations:
    return (asks(), HearsSaid(text, **manner), Ends())  # type: ignore[arg-type]


AT_ONCE: Final[Expectations] = (asks(), hears(tone(0, 1, 620)), Ends(1))
SAYS: Final = _agent(say=TEXT, after="4")
KEY: Final = (Wait(1.5), Press("1"))
TWO_KEYS: Final = (Wait(1), Press("12"))
SPEAKS: Final = (Wait(0.5), Speak(SENTENCE))


def _words(attribute: str, case: Case, written: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    """The agent says something."""
    return _row(attribute, case, f"{SAYS} {written}", shows, expect, *notes)


def _key(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *notes: Note,
    does: dict[str, str] | None = None,
    **told: str,
) -> Row:
    """The agent tells a long story, and the caller presses a key meanwhile."""
    agent = _agent(**(does or {"say": STORY, "after": "4"}))
    expect = (asks(), _told(**told), Ends())
    return _row(attribute, case, f"{agent} {written}", shows, expect, *notes, does=KEY)


def _speech(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *notes: Note,
    does: dict[str, str] | None = None,
    act: tuple[Act, ...] = SPEAKS,
    lasts_s: float = 9.0,
    state: State = WORKS,
    **told: str | Words,
) -> Row:
    """The caller says something."""
    told = {"prompts": Words(SENTENCE), **told}
    expect = (asks(), _told(**told), Ends())
    written = f"{_agent(**(does or {}))} {written}"
    return _row(attribute, case, written, shows, expect, *notes, does=act, state=state, lasts_s=lasts_s)


def _left(
    attribute: str, given: str, bad: str | None = None, state: State = LEFT, *, limit: str | None = None
) -> tuple[Row, ...]:
    """An attribute by which nothing is seen to change."""
    agent = _agent(after="0")
    rows = [
        _row(attribute, Case.ABSENT, agent, "the agent ends it at once", AT_ONCE, after=AFTER),
        _row(
            attribute,
            Case.GIVEN,
            f'{agent} {attribute}="{given}"',
            "is taken",
            AT_ONCE,
            after=AFTER,
            state=state,
        ),
    ]
    if limit is not None:
        written = f'{agent} {attribute}="{limit}"'
        rows.append(_row(attribute, Case.LIMIT, written, "is taken", AT_ONCE, after=AFTER, state=state))
    if bad is not None:
        written = f'{agent} {attribute}="{bad}"'
        rows.append(_row(attribute, Case.BAD, written, "is noted", AT_ONCE, BAD, after=AFTER, state=state))
    return tuple(rows)


def _action(**told: str | None) -> tuple[Expectation, ...]:
    told = {"SessionId": ANY, "SessionDuration": ANY, **told}
    return (asks(Request("next", told)),)


_ENDED: Final[Parameters] = {"SessionStatus": "ended", "HandoffData": "done", "ErrorCode": ABSENT}

_SESSION: Final = (
    _row("url", Case.ABSENT, "", "fails", AT_ONCE, FAILS, after=AFTER),
    _words("url", Case.GIVEN, "", "may be relative; its query is kept", _said()),
    _row("url", Case.BAD, 'url="https://agent.test/"', "must be a WebSocket's", AT_ONCE, FAILS, after=AFTER),
    _row(
        "url",
        Case.LIMIT,
        'url="ws://127.0.0.1:9/"',
        "where nobody listens: the action is told",
        (
            *_action(SessionStatus="failed", ErrorCode="64102", ErrorMessage=ANY, HandoffData=ABSENT),
            hears(tone(0, 1, 620)),
            Ends(1),
        ),
        Note(64102, at=None, level=Level.ERROR),
        around=' action="next"',
    ),
    _row(
        "content",
        Case.GIVEN,
        _agent(after="1"),
        "its parameters are told in `setup`, and the action what the agent hands over",
        (
            asks(Request("next", {"SessionId": ANY, "SessionDuration": "1", **_ENDED})),
            _told(Parameter_a="1", callSid=ANY, callType="SIP", direction="inbound", close="1000"),
            Ends(),
        ),
        inside='<Parameter name="a" value="1"/>',
        around=' action="next"',
    ),
    _row(
        "content",
        Case.LIMIT,
        _agent(say=STORY),
        "a caller who hangs up completes it",
        (
            *_action(SessionStatus="completed", ErrorCode=ABSENT, HandoffData=ABSENT),
            _told(close="1000"),
            Ends(by_caller=True),
        ),
        around=' action="next"',
        stays_s=3.0,
    ),
    _row(
        "content",
        Case.BAD,
        _agent(after="0"),
        "another element is skipped",
        AT_ONCE,
        Note(12200, at="<Number"),
        inside="<Number/>",
        after=AFTER,
    ),
    _row(
        "content",
        Case.BAD,
        _agent(sends='{"type":"text","token":null}', say=TEXT, after="4"),
        "a malformed message is told and left",
        (asks(), HearsSaid(TEXT), _told(errors="1"), Ends()),
        Note(64107, at=None, level=Level.ERROR),
    ),
    _row(
        "content",
        Case.BAD,
        _agent(sends='{"type":"play","source":"file:///etc/passwd"}', say=TEXT, after="4"),
        "a file that is not of the web is told and left",
        (asks(), HearsSaid(TEXT), _told(errors="1"), Ends()),
        Note(11100, at=None, level=Level.ERROR),
    ),
    _row(
        "content",
        Case.GIVEN,
        _agent(sends='{"type":"play","source":"/tone/440/1","loop":2}', after="4"),
        "a file of the document's host is played",
        (asks(), hears(tone(0, 2, 440)), Ends()),
    ),
    _row(
        "content",
        Case.GIVEN,
        _agent(say=f"<prosody pitch='high'>{TEXT}</prosody>", after="4"),
        "SSML in what the agent says is spoken",
        (asks(), HearsSaid(TEXT, pitch=1.15), Ends()),
    ),
    _row(
        "content",
        Case.BAD,
        _agent(say=f"<amazon:effect name='whispered'>{TEXT}</amazon:effect>", after="4"),
        "a tag that Say has not is left out of what the agent says",
        (asks(), HearsSaid(TEXT), Ends()),
        Note(12200, at=None, says="<amazon:effect>"),
    ),
    _row(
        "content",
        Case.LIMIT,
        _agent(sends=json.dumps(MOSTLY_NULL), after="4"),
        "what may be left out of a message may be null",
        (asks(), HearsSaid(TEXT), Ends()),
    ),
)

LONG: Final = "x" * 4097
GREETS: Final = _agent(after="4")


def _greeting(case: Case, written: str, shows: str, *notes: Note, interrupts: str) -> Row:
    written = f'{_agent(after="4")} welcomeGreeting="{STORY}" {written}'
    expect = (asks(), _told(interrupts=interrupts), Ends())
    return _row("welcomeGreetingInterruptible", case, written, shows, expect, *notes, does=KEY)


_GREETING: Final = (
    _row("welcomeGreeting", Case.ABSENT, _agent(after="1"), "nothing is said", (asks(), hears(), Ends())),
    _row("welcomeGreeting", Case.GIVEN, f'{GREETS} welcomeGreeting="{TEXT}"', "is said", _said()),
    _row(
        "welcomeGreeting",
        Case.BAD,
        f'{_agent(after="1")} welcomeGreeting="{LONG}"',
        "more than 4,096 characters are not said",
        (asks(), hears(), Ends()),
        BAD,
    ),
    _row(
        "welcomeGreeting",
        Case.LIMIT,
        f'{_agent(after="4")} welcomeGreeting="{(TEXT + " ") * 170}"',
        "some 4,000 characters are said until the agent ends it",
        (asks(), HearsSpeech(at_least_s=2.0), Ends()),
    ),
    _greeting(Case.ABSENT, "", "a key interrupts it", interrupts="1"),
    _greeting(
        Case.GIVEN, 'welcomeGreetingInterruptible="speech"', "words alone interrupt it", interrupts="0"
    ),
    _greeting(Case.BAD, 'welcomeGreetingInterruptible="x"', "a key interrupts it", BAD, interrupts="1"),
)

_SPOKEN: Final = (
    _words("language", Case.ABSENT, "", "American English", _said()),
    _words("language", Case.GIVEN, 'language="fr-FR"', "is spoken", _said(language="fr-FR")),
    _words("language", Case.BAD, 'language="?"', "American English", _said(), BAD),
    _words("ttsLanguage", Case.ABSENT, "", "that of both", _said()),
    _words(
        "ttsLanguage",
        Case.GIVEN,
        'language="fr-FR" ttsLanguage="de-DE"',
        "comes before that of both",
        _said(language="de-DE"),
    ),
    _words("ttsLanguage", Case.BAD, 'ttsLanguage="?"', "that of both", _said(), BAD),
    _words("ttsProvider", Case.ABSENT, "", "the node's own voice", _said()),
    _words(
        "ttsProvider",
        Case.GIVEN,
        'ttsProvider="Google" voice="en-US-Standard-B"',
        "names the voice's table",
        _said(voice="man"),
    ),
    _words("ttsProvider", Case.BAD, 'ttsProvider="Acme"', "the node's own voice", _said(), BAD),
    _words("voice", Case.ABSENT, "", "the node's own", _said()),
    _words("voice", Case.GIVEN, 'ttsProvider="Amazon" voice="Matthew-Neural"', "a man's", _said(voice="man")),
    _words(
        "voice",
        Case.BAD,
        'voice="UgBBYS2sOqTuMpoF3BR0"',
        "one that is not here is spoken by the node's own",
        _said(),
        Note(64101, at=None, level=Level.ERROR, says="no voice UgBB"),
    ),
    _words("voice", Case.LIMIT, f'voice="{"v" * 129}"', "too long a name is none", _said(), BAD),
)

_INPUT: Final = (
    _key("interruptible", Case.ABSENT, "", "a key interrupts", interrupts="1"),
    _key("interruptible", Case.GIVEN, 'interruptible="none"', "nothing interrupts", interrupts="0"),
    _key("interruptible", Case.GIVEN, 'interruptible="dtmf"', "a key interrupts", interrupts="1"),
    _key("interruptible", Case.LIMIT, 'interruptible="false"', "false is none", interrupts="0"),
    _key(
        "interruptible",
        Case.LIMIT,
        'interruptible="none"',
        "a message has its own",
        does={"say": STORY, "after": "4", "more": "interruptible:true"},
        interrupts="1",
    ),
    _key("interruptible", Case.BAD, 'interruptible="x"', "a key interrupts", BAD, interrupts="1"),
    _key("dtmfDetection", Case.ABSENT, "", "keys are not told", keys=""),
    _key("dtmfDetection", Case.GIVEN, 'dtmfDetection="true"', "keys are told", keys="1"),
    _key("dtmfDetection", Case.BAD, 'dtmfDetection="yes"', "keys are not told", BAD, keys=""),
    *(
        _key(
            "reportInputDuringAgentSpeech",
            case,
            f'dtmfDetection="true" interruptible="none" {written}',
            shows,
            *notes,
            keys=keys,
        )
        for case, written, shows, notes, keys in (
            (Case.ABSENT, "", "a key that does not interrupt is not told", (), ""),
            (Case.GIVEN, 'reportInputDuringAgentSpeech="dtmf"', "it is told", (), "1"),
            (Case.GIVEN, 'reportInputDuringAgentSpeech="speech"', "words alone are told", (), ""),
            (Case.BAD, 'reportInputDuringAgentSpeech="x"', "it is not told", (BAD,), ""),
        )
    ),
    *(
        _key(
            "preemptible",
            case,
            f'dtmfDetection="true" interruptible="none" reportInputDuringAgentSpeech="any" '
            f'events="tokens-played" {written}',
            shows,
            *notes,
            does={"say": TEXT, "then": "Now this.", "after": "5"} | ({"more": more} if more else {}),
            played=played,
        )
        for case, written, shows, notes, more, played in (
            (Case.ABSENT, "", "what is said later waits", (), "", f"{TEXT}|Now this."),
            (Case.GIVEN, 'preemptible="true"', "what is said later cuts it short", (), "", "Now this."),
            (Case.LIMIT, "", "a message has its own", (), "preemptible:true", "Now this."),
            (Case.BAD, 'preemptible="x"', "what is said later waits", (BAD,), "", f"{TEXT}|Now this."),
        )
    ),
)


def _events(attribute: str) -> tuple[Row, ...]:
    def row(case: Case, written: str, shows: str, *notes: Note, infos: str, played: str) -> Row:
        expect = (asks(), _told(infos=infos, played=played), Ends())
        return _row(attribute, case, f"{SAYS} {written}", shows, expect, *notes)

    return (
        row(Case.ABSENT, "", "nothing is told", infos="", played=""),
        row(Case.GIVEN, f'{attribute}="tokens-played"', "what was said is told", infos="", played=TEXT),
        row(
            Case.GIVEN,
            f'{attribute}="speaker-events tokens-played"',
            "and when the agent speaks",
            infos="agentSpeaking",
            played=TEXT,
        ),
        row(Case.BAD, f'{attribute}="everything"', "nothing is told", BAD, infos="", played=""),
    )


_HEARD: Final = (
    _speech("transcriptionLanguage", Case.ABSENT, "", "that of both", lang="en-US"),
    _speech(
        "transcriptionLanguage",
        Case.GIVEN,
        'transcriptionLanguage="en-GB"',
        "is told with the words",
        lang="en-GB",
    ),
    _row(
        "transcriptionLanguage",
        Case.BAD,
        f'{_agent(after="0")} transcriptionLanguage="?"',
        "that of both",
        AT_ONCE,
        BAD,
        after=AFTER,
    ),
    _speech("partialPrompts", Case.ABSENT, "", "an utterance is told when it is over", partials="0"),
    _speech(
        "partialPrompts",
        Case.GIVEN,
        'partialPrompts="true"',
        "and while it is said",
        act=(Wait(0.5), Speak(LONG_WINDED)),
        lasts_s=1.0,  # among the last to be called: the recogniser has the time for it
        prompts=Words(f"{SENTENCE} ..."),
        partials="some",
    ),
    _speech(
        "interruptSensitivity",
        Case.ABSENT,
        "",
        "a voice interrupts",
        does={"say": STORY},
        interrupts="1",
    ),
    _speech(
        "interruptSensitivity",
        Case.GIVEN,
        'interruptSensitivity="low"',
        "several words interrupt",
        does={"say": f"{STORY} {STORY} {STORY}"},
        interrupts="1",
    ),
)

_LEFT: Final = (
    *(row for row in _left("partialPrompts", "false", "x", WORKS) if row.case is Case.BAD),
    *(row for row in _left("interruptSensitivity", "high", "x", WORKS) if row.case is Case.BAD),
    *_left("ignoreBackchannel", "true", "x", part("told by the machine's own tests, not by a call")),
    *_left("transcriptionProvider", "Google", "Acme", LEFT),
    *_left("speechModel", "nova-3-general", "m" * 129, ASKED, limit="m" * 128),
    *_left("hints", "Offhook, SIP", "h" * 101, ASKED, limit="h" * 100),
    *_left("profanityFilter", "true", "x", ASKED),
    *_left("speechTimeout", "700", "599", ASKED, limit="5000"),
    *_left("deepgramSmartFormat", "false", "x"),
    *_left("backgroundNoiseReduction", "true", "x"),
    *_left("elevenlabsTextNormalization", "on", "x"),
    *(
        row
        for attribute in (
            "applicationReconnect",
            "asrSmartFormat",
            "conversationConfiguration",
            "conversationId",
            "customerName",
            "eagerEotThreshold",
            "echoPromptFiltering",
            "eotThreshold",
            "eotTimeoutMs",
            "includeInPrompt",
            "intelligenceService",
            "partialPromptOnHangup",
            "ttsTextNormalization",
            "turnDetection",
        )
        for row in _left(attribute, "x")
    ),
)


def _language(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    state: State = WORKS,
) -> Row:
    agent = _agent(say=TEXT, after="4", more="lang:es-ES")
    return Row(
        verb="Language",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Connect><ConversationRelay {agent}><Language {written}/></ConversationRelay></Connect>",
        expect=expect,
        notes=notes,
        lasts_s=7.0,
        state=state,
    )


WOMAN: Final = _said(language="es-ES", voice="woman")
OWN: Final = _said(language="es-ES")
_OF_LANGUAGE: Final = (
    _language("code", Case.ABSENT, 'voice="Lucia"', "is skipped", OWN, BAD),
    _language("code", Case.GIVEN, 'code="es-ES" ttsProvider="Amazon" voice="Lucia"', "is spoken so", WOMAN),
    _language("code", Case.BAD, 'code="?" voice="Lucia"', "is skipped", OWN, BAD, BAD),
    _language("ttsProvider", Case.ABSENT, 'code="es-ES"', "the node's own voice", OWN),
    _language(
        "ttsProvider",
        Case.GIVEN,
        'code="es-ES" ttsProvider="Google" voice="es-ES-Standard-A"',
        "names the voice's table",
        WOMAN,
    ),
    _language("ttsProvider", Case.BAD, 'code="es-ES" ttsProvider="Acme"', "the node's own voice", OWN, BAD),
    _language("voice", Case.ABSENT, 'code="es-ES"', "the node's own", OWN),
    _language("voice", Case.GIVEN, 'code="es-ES" voice="Polly.Lucia"', "may be named as in Say", WOMAN),
    _language("voice", Case.BAD, f'code="es-ES" voice="{"v" * 129}"', "too long a name is none", OWN, BAD),
    _language(
        "voice",
        Case.LIMIT,
        f'code="es-ES" voice="{"v" * 128}"',
        "one that is not here is spoken by the node's own",
        OWN,
        Note(64101, at=None, level=Level.ERROR, says="no voice vvv"),
    ),
    *(
        _language(attribute, case, f'code="es-ES"{written}', shows, OWN, *notes, state=state)
        for attribute, given, limit, bad, of in (
            ("transcriptionProvider", "Google", "Deepgram", "Acme", LEFT),
            ("speechModel", "latest", "m" * 128, "m" * 129, ASKED),
            ("hints", "uno, dos", "h" * 100, "h" * 101, ASKED),
        )
        for case, written, shows, notes, state in (
            (Case.ABSENT, "", "is that of the noun", (), WORKS),
            (Case.GIVEN, f' {attribute}="{given}"', "is taken", (), of),
            (Case.LIMIT, f' {attribute}="{limit}"', "is taken", (), of),
            (Case.BAD, f' {attribute}="{bad}"', "is noted", (BAD,), of),
        )
    ),
)

ROWS: Final = (
    *_SESSION,
    *_GREETING,
    *_SPOKEN,
    *_INPUT,
    *_events("events"),
    *_events("debug"),
    *_HEARD,
    *_LEFT,
    *_OF_LANGUAGE,
)
