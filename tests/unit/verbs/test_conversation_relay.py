"""`<ConversationRelay>` on a live call in virtual time: what application and caller hear of each other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.speech.ports import RecognitionError
from offhook.streaming.ports import SocketError
from tests.support.relay_sockets import RelaySocket
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"
SENTENCE = "a" * 39 + "."
"""Two seconds in the spelling voice."""


def connect(attributes: str = "", inside: str = "", action: str = "action='/done'") -> dict[str, str | int]:
    noun = f"<ConversationRelay url='wss://agent.test/talk?id=7' {attributes}>{inside}</ConversationRelay>"
    document = f"<Response><Connect {action}>{noun}</Connect><Say>After.</Say></Response>"
    return {VOICE: document, DONE: "<Response><Say>Done.</Say></Response>"}


Act = Callable[[SmallExchange, RelaySocket], Awaitable[None]]


def on_call(
    documents: dict[str, str | int], act: Act, before: Callable[[SmallExchange], None] | None = None
) -> SmallExchange:
    """A call over the documents; `act` is what application and caller do once the socket is open."""

    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            if before is not None:
                before(small)
            call = await small.call()
            socket = await small.agents.opened()
            await act(small, socket)
            await call.ended()
        return small

    return run(scenario())


def results(small: SmallExchange) -> dict[str, str]:
    """What the action was told."""
    asked = small.bookshelf.asked[1]
    assert asked.url == DONE
    return dict(asked.results)


def is_heard(small: SmallExchange) -> bool:
    """Whether the caller hears something."""
    return small.port.is_playing


async def hang_up(small: SmallExchange) -> None:
    await small.calls[0].hang_up()


# The session


def test_the_application_is_told_who_calls_and_the_greeting_is_spoken() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        setup = await socket.sent("setup")
        assert socket.url == "wss://agent.test/talk?id=7"
        assert setup["sessionId"].startswith("VX")
        assert len(setup["sessionId"]) == 34
        assert setup["callSid"] == small.store.calls.last.sid
        assert (setup["callType"], setup["direction"], setup["callStatus"]) == (
            "SIP",
            "inbound",
            "IN_PROGRESS",
        )
        assert setup["customParameters"] == {"name": "value"}
        await asyncio.sleep(3)
        socket.tell(type="end", handoffData="bye")

    small = on_call(connect(f"welcomeGreeting='{SENTENCE}'", "<Parameter name='name' value='value'/>"), act)
    assert small.voice.texts == [SENTENCE, "Done."]
    assert small.agents.sockets[0].closed == (1000, "")
    told = results(small)
    assert told.pop("SessionId").startswith("VX")
    assert told == {"SessionStatus": "ended", "SessionDuration": "3", "HandoffData": "bye"}
    assert small.store.notifications.codes == []


def test_without_an_action_the_next_verb_follows() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.tell(type="end")

    small = on_call(connect(action=""), act)
    assert small.voice.texts == ["After."]


def test_a_relative_url_is_that_of_the_document() -> None:
    documents: dict[str, str | int] = {
        VOICE: "<Response><Connect><ConversationRelay url='/talk'/></Connect></Response>"
    }

    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        assert socket.url == "ws://app.test/talk"
        socket.tell(type="end")

    on_call(documents, act)


def test_a_caller_who_hangs_up_completes_the_session_and_the_action_is_told() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say(SENTENCE)
        await asyncio.sleep(1)
        await hang_up(small)

    small = on_call(connect(), act)
    assert small.agents.sockets[0].closed == (1000, "Closing websocket session")
    told = results(small)
    assert (told["SessionStatus"], told["SessionDuration"]) == ("completed", "1")
    assert "ErrorCode" not in told


@pytest.mark.parametrize(("says_so", "status"), [(True, "ended"), (False, "failed")])
def test_what_the_application_said_before_it_went_is_read_though_nothing_can_be_sent(
    says_so: bool, status: str
) -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await socket.sent("setup")
        socket.is_gone = True
        small.port.press("5")
        await asyncio.sleep(0.5)
        if says_so:
            socket.tell(type="end")

    small = on_call(connect("dtmfDetection='true'"), act)
    assert results(small)["SessionStatus"] == status


@pytest.mark.parametrize("how", ["in order", "broken"])
def test_a_lost_socket_fails_the_session_and_the_action_decides(how: str) -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say(SENTENCE)
        await asyncio.sleep(1)
        if how == "in order":
            socket.end(1001, "going away")
        else:
            socket.break_off()

    small = on_call(connect(), act)
    told = results(small)
    assert told["SessionStatus"] == "failed"
    assert told["ErrorCode"] == "64105"
    assert told["ErrorMessage"].startswith("Websocket ended: ")
    assert small.store.notifications.codes == [64105]
    assert small.voice.texts == [SENTENCE, "Done."]


def test_a_socket_that_cannot_be_opened_fails_with_64102() -> None:
    async def scenario() -> SmallExchange:
        async with small_exchange(connect()) as small:
            small.agents.refuses = SocketError(31902, "nothing listens there")
            call = await small.call()
            await call.ended()
        return small

    small = run(scenario())
    told = results(small)
    assert (told["SessionStatus"], told["ErrorCode"], told["SessionDuration"]) == ("failed", "64102", "0")
    assert told["ErrorMessage"] == "nothing listens there (31902)"
    assert small.store.notifications.codes == [64102]


@pytest.mark.parametrize(
    ("what", "codes", "message"),
    [
        ("time", [32015, 64104], "Max call duration reached"),
        ("media", [32014, 64108], "RTP timeout: no audio came from the caller"),
    ],
)
def test_a_call_that_the_node_ends_fails_its_session(what: str, codes: list[int], message: str) -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await socket.sent("setup")
        if what == "media":
            small.port.fall_silent(60_000)  # else nothing happens for four hours

    small = on_call(connect(), act)
    assert small.store.notifications.codes == codes
    assert small.agents.sockets[0].closed == (1000, "Closing websocket session")
    told = results(small)
    assert told["SessionStatus"] == "failed"
    assert (told["ErrorCode"], told["ErrorMessage"]) == (str(codes[-1]), message)


def test_a_second_session_of_a_call_is_another_one() -> None:
    documents = connect(f"welcomeGreeting='{SENTENCE}'")
    documents[DONE] = f"{documents[VOICE]}"

    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        first = await socket.sent("setup")
        socket.tell(type="end")
        second_socket = await small.agents.opened()
        second = await second_socket.sent("setup")
        assert second["sessionId"] != first["sessionId"]
        assert second["callSid"] == first["callSid"]
        await asyncio.sleep(1)
        assert is_heard(small)
        await hang_up(small)

    on_call(documents, act)


# What is heard


def test_words_files_and_keys_are_heard_in_order() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        small.bookshelf.media["http://app.test/a.wav"] = 1
        socket.say(SENTENCE, last=False)
        socket.tell(type="sendDigits", digits="12w#")
        socket.say(f"{SENTENCE} {SENTENCE}")
        await asyncio.sleep(10)
        assert not is_heard(small)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.port.sent_digits == ["12w#"]
    assert small.voice.texts == [SENTENCE, SENTENCE, SENTENCE, "Done."] or small.voice.texts[:1] == [SENTENCE]


def test_a_file_that_is_not_there_is_told_and_what_follows_is_heard() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        small.bookshelf.media["http://app.test/gone.wav"] = 11200
        socket.tell(type="play", source="gone.wav")
        socket.say(SENTENCE)
        told = await socket.sent("error")
        assert "gone.wav could not be played" in told["description"]
        assert told["description"].endswith("code: 11200")
        await asyncio.sleep(1)
        assert is_heard(small)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.store.notifications.codes == [11200]


def test_ssml_passes_through() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say("<speak>Slow <prosody rate='50%'>and low</prosody> AT&T</speak>")
        await asyncio.sleep(5)
        socket.say("Not <prosody rate='50%'>closed.")
        await asyncio.sleep(20)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert [(each.text, each.rate) for each in small.voice.utterances[:-1]] == [
        ("Slow", 1.0),
        ("and low", 0.5),
        ("AT&T", 1.0),
        ("Not closed.", 1.0),
    ]


def test_a_tag_that_say_has_not_is_left_out_with_its_text_kept_and_noted_once() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say(
            "<amazon:effect name='whispered'>a secret</amazon:effect>. <audio src='https://a.test/b.wav'/>"
        )
        await asyncio.sleep(5)
        socket.say("<speak><voice name='x'>3 < 4 and 5 > 2</voice>, Ernst & Young.</speak>")
        await asyncio.sleep(5)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.voice.texts[:-1] == ["a secret.", "3 < 4 and 5 > 2, Ernst & Young."]
    assert small.store.notifications.codes == [12200]
    assert "<amazon:effect> is no tag of <Say>" in small.store.notifications.history[0].message_text


def test_entities_are_read_in_every_clause_of_a_talk_cycle() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        for token in (
            "<speak>AT&a",
            "mp;T is here.</speak>",
            " Smith &amp; Sons, we <emphasis>",
            "love</emphasis>",
        ):
            socket.say(token, last=False)
        socket.say(" you. Ernst & Young, too: 3 &lt; 4.", last=True)
        await asyncio.sleep(20)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert set(small.voice.texts[:-1]) == {
        "AT&T is here.",
        "Smith & Sons, we",
        "love",
        "you.",
        "Ernst & Young, too: 3 < 4.",
    }
    assert small.store.notifications.codes == []


def test_each_language_has_its_own_voice_and_recogniser_settings() -> None:
    inside = (
        "<Language code='es-ES' ttsProvider='Amazon' voice='Lucia' hints='uno,dos' speechModel='latest'/>"
        "<Language code='de-DE' ttsProvider='Google' voice='de-DE-Standard-B'/>"
    )

    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say("One.")
        socket.say("Dos.", lang="es-ES")
        socket.tell(type="language", ttsLanguage="de-DE", transcriptionLanguage="es-ES")
        socket.say("Drei.")
        await asyncio.sleep(5)
        first, second = small.recognizer.hearings
        assert (first.options.language, first.options.hints, first.is_closed) == ("en-US", ("alpha",), True)
        assert (second.options.language, second.options.hints) == ("es-ES", ("uno", "dos"))
        assert second.options.model == "latest"
        second.say("hola")
        assert (await socket.sent("prompt"))["lang"] == "es-ES"
        socket.tell(type="end")

    small = on_call(connect("voice='woman' hints='alpha' speechTimeout='700'", inside), act)
    assert [(each.text, each.language, each.voice) for each in small.voice.utterances[:-1]] == [
        ("One.", "en-US", "woman"),
        ("Dos.", "es-ES", "Polly.Lucia"),
        ("Drei.", "de-DE", "Google.de-DE-Standard-B"),
    ]
    assert small.recognizer.hearings[0].options.end_silence_ms == 700


# What is said


def test_the_caller_is_understood_and_answered() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await asyncio.sleep(0.1)
        small.port.utter(b"\xff" * 160)
        await asyncio.sleep(0.1)
        (hearing,) = small.recognizer.hearings
        assert hearing.frames == 1
        hearing.say("What time is it?")
        prompt = await socket.sent("prompt")
        assert prompt == {"type": "prompt", "voicePrompt": "What time is it?", "lang": "en-US", "last": True}
        socket.say(SENTENCE)
        await asyncio.sleep(1)
        assert is_heard(small)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.recognizer.hearings[0].is_closed


def test_a_voice_interrupts_and_the_agent_is_silent_at_once() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        words = "one two three four five six seven eight."
        socket.say(f"{words} {SENTENCE}")
        await asyncio.sleep(1.0)
        assert is_heard(small)
        small.recognizer.hearings[0].begin()
        told = await socket.sent("interrupt")
        assert not is_heard(small)
        assert told["utteranceUntilInterrupt"] == "one two three four"
        assert abs(told["durationUntilInterruptMs"] - 1_000) <= 20
        small.recognizer.hearings[0].end("wait")
        assert (await socket.sent("prompt"))["voicePrompt"] == "wait"
        await asyncio.sleep(1)
        assert not is_heard(small)
        socket.tell(type="end")

    on_call(connect(), act)


def test_a_key_interrupts_and_is_told() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say(SENTENCE)
        await asyncio.sleep(1)
        small.port.press("5")
        assert (await socket.sent("interrupt"))["durationUntilInterruptMs"] > 900
        assert await socket.sent("dtmf") == {"type": "dtmf", "digit": "5"}
        assert not is_heard(small)
        socket.tell(type="end")

    on_call(connect("dtmfDetection='true'"), act)


def test_preemptible_words_give_way_at_once() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say(f"{SENTENCE} {SENTENCE}", preemptible=True)
        await asyncio.sleep(1)
        socket.say("Found it.")
        await asyncio.sleep(0.6)  # that is said in 0.45 s
        assert not is_heard(small)
        assert socket.of("interrupt") == []
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert "Found it." in small.voice.texts


def test_where_nothing_recognises_speech_keys_are_taken_and_it_is_noted() -> None:
    def deafen(small: SmallExchange) -> None:
        small.recognizer.why_deaf = "there is no recogniser"

    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await asyncio.sleep(1)
        small.port.press("1")
        await socket.sent("dtmf")
        socket.tell(type="end")

    small = on_call(connect("dtmfDetection='true'"), act, deafen)
    assert small.store.notifications.codes == [64114]


def test_an_utterance_that_is_lost_is_noted_and_the_next_one_is_understood() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await asyncio.sleep(0.1)
        hearing = small.recognizer.hearings[0]
        hearing.tell(RecognitionError("overloaded"))
        hearing.say("again")
        assert (await socket.sent("prompt"))["voicePrompt"] == "again"
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.store.notifications.codes == [64114]


# Bad input


def test_ten_malformed_messages_close_the_socket_with_1007() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        for _ in range(9):
            socket.send_text("{")
        socket.send_binary()

    small = on_call(connect(), act)
    (socket,) = small.agents.sockets
    assert socket.closed == (1007, "Too many consecutive malformed messages")
    assert len(socket.of("error")) == 10
    assert results(small)["ErrorCode"] == "64105"
    assert set(small.store.notifications.codes) == {64107, 64105}


def test_a_flood_of_messages_is_read_slowly_and_other_calls_go_on() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        for _ in range(3_000):
            socket.say("a. ")
        began = asyncio.get_running_loop().time()
        socket.tell(type="end")
        await small.agents.sockets[0].has_closed.wait()
        assert 5.0 <= asyncio.get_running_loop().time() - began <= 8.0

    small = on_call(connect(), act)
    assert results(small)["SessionStatus"] == "ended"
    assert len(small.store.notifications.codes) == 20  # and no more


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("a\ud800<break time='1s'/>b.", ["a?", "b."]),
        ("<prosody rate='50%'>one & \x01 three.", ["one & \x01 three."]),
        ("<s><p><s>Nested.</s></p>", ["Nested."]),
        ("<speak></speak>", []),
        ("a\ue000b\ue001c.", ["a b c."]),
        ("</prosody>Closed.", ["Closed."]),
    ],
)
def test_a_text_is_spoken_whatever_is_in_it(token: str, said: list[str]) -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say(token)
        await asyncio.sleep(5)
        assert socket.of("error") == []
        socket.tell(type="end")

    assert on_call(connect(action=""), act).voice.texts[:-1] == said


def test_tokens_that_never_end_are_spoken_all_the_same() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.say("no end", last=False)
        await asyncio.sleep(1.6)
        assert is_heard(small)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.voice.texts[0] == "no end"


def test_an_application_that_does_not_read_fails_the_session() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await socket.sent("setup")
        socket.reads.clear()
        small.port.press("1")
        await asyncio.sleep(12)

    small = on_call(connect("dtmfDetection='true'"), act)
    told = results(small)
    assert (told["ErrorCode"], told["ErrorMessage"]) == (
        "64105",
        "Websocket ended: the application does not read",
    )


@pytest.mark.parametrize(("how", "code"), [("fails", 64111), ("is_lost", 64112)])
def test_an_engine_that_fails_is_told_and_the_session_goes_on(how: str, code: int) -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        setattr(small.voice, how, True)
        socket.say(SENTENCE)
        told = await socket.sent("error")
        assert told["description"].endswith(f"code: {code}")
        setattr(small.voice, how, False)
        socket.say(SENTENCE)
        await asyncio.sleep(1)
        assert is_heard(small)
        socket.tell(type="end")

    small = on_call(connect(), act)
    assert small.store.notifications.codes == [code]


def test_a_silent_application_keeps_the_session_and_is_pinged() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        await asyncio.sleep(214)
        assert socket.closed is None
        assert socket.pings == 10
        await hang_up(small)

    small = on_call(connect(), act)
    assert results(small)["SessionDuration"] == "214"


def test_a_bad_attribute_is_noted_and_its_default_used() -> None:
    async def act(small: SmallExchange, socket: RelaySocket) -> None:
        socket.tell(type="end")

    small = on_call(connect("interruptible='perhaps' speechTimeout='1' ttsProvider='Acme'"), act)
    assert small.store.notifications.codes == [64101, 64101, 64101]
    assert results(small)["SessionStatus"] == "ended"
