"""A ConversationRelay session as a machine: who says what when, by the times that are handed in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from offhook.stream.conversation_relay import (
    CLAUSE_PATIENCE_S,
    MAX_DURATION,
    OUTBOX_MAX,
    RTP_TIMEOUT,
    ConversationRelay,
    Ending,
    RelayEvent,
    RelayOptions,
    RelayState,
    Sensitivity,
    SessionStatus,
)
from offhook.stream.relay_message import Interruptible, Setup
from offhook.stream.talk_queue import CHARACTERS_MAX, ITEMS_MAX, Item, Playing, Pressing, Saying

SETUP = Setup("VX1", "AC1", "CA1", "+1555", "+1666", "inbound", "IN_PROGRESS")
ALL_EVENTS = frozenset(RelayEvent)


class Session:
    """A session with the time, and a mouth that takes what it is given."""

    def __init__(self, **options: Any) -> None:
        self.relay = ConversationRelay(SETUP, RelayOptions(**options))
        self.now = 100.0
        self.items: list[Item] = []
        self.sent: list[dict[str, Any]] = []
        self.relay.handle_open(self.now)
        self.poll()

    def poll(self) -> None:
        while (message := self.relay.poll_transmit()) is not None:
            self.sent.append(json.loads(message))
        while (item := self.relay.poll_item()) is not None:
            self.items.append(item)
        dropped = self.relay.poll_dropped()
        self.items = [item for item in self.items if item.item_id not in dropped]

    def say(self, token: str, *, last: bool = True, **fields: Any) -> None:
        self.send(type="text", token=token, last=last, **fields)

    def send(self, **message: Any) -> None:
        self.relay.handle_message(json.dumps(message), self.now)
        self.poll()

    def begin(self, length_ms: int = 1_000) -> None:
        """The mouth lets the next item be heard."""
        self.relay.handle_begun(self.items[0].item_id, length_ms, self.now)
        self.poll()

    def finish(self) -> None:
        """It has been heard."""
        self.relay.handle_ended(self.items.pop(0).item_id, self.now)
        self.poll()

    def hear(self, length_ms: int = 1_000) -> None:
        self.begin(length_ms)
        self.now += length_ms / 1000
        self.finish()

    def press(self, digit: str) -> None:
        self.relay.handle_key(digit, self.now)
        self.poll()

    def speak(self, *words: str, final: bool = True) -> None:
        """The caller begins to speak; what is understood so far, the last of it for good."""
        self.relay.handle_speech_began(self.now)
        for index, each in enumerate(words):
            is_final = final and index == len(words) - 1
            if is_final:
                self.relay.handle_speech_ended(self.now)
            self.relay.handle_words(each, is_final=is_final, now=self.now)
        self.poll()

    @property
    def texts(self) -> list[str]:
        return [item.what.text for item in self.items if isinstance(item.what, Saying)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.sent if each["type"] == kind]

    @property
    def ending(self) -> Ending:
        ending = self.relay.poll_ending()
        assert ending is not None
        return ending


def prompts(session: Session) -> list[tuple[str, bool]]:
    return [(each["voicePrompt"], each["last"]) for each in session.of("prompt")]


# The beginning


def test_setup_is_the_first_message_and_the_greeting_the_first_words() -> None:
    session = Session(greeting="Hello there. How can I help?", tts_language="en-GB")

    assert [each["type"] for each in session.sent] == ["setup"]
    assert [item.what for item in session.items] == [
        Saying("Hello there.", "en-GB"),
        Saying("How can I help?", "en-GB"),
    ]


def test_a_socket_that_cannot_be_opened_fails_with_64102() -> None:
    relay = ConversationRelay(SETUP, RelayOptions(greeting="Hello"))
    relay.handle_refused("refused")

    assert relay.poll_ending() == Ending(SessionStatus.FAILED, 1000, "", 64102, "refused")
    assert relay.poll_item() is None


# What the agent says


def test_tokens_are_spoken_clause_by_clause() -> None:
    session = Session()
    for token in ("I ", "am ", "an ", "agent", ", ", "and "):
        session.say(token, last=False)
    assert session.texts == ["I am an agent,"]
    session.say("more.")
    assert session.texts == ["I am an agent,", "and more."]


def test_what_never_ends_is_spoken_after_a_while() -> None:
    session = Session()
    session.say("No mark", last=False)
    due = session.relay.poll_timeout()

    assert due == session.now + CLAUSE_PATIENCE_S
    session.relay.handle_timeout(due - 0.1)
    session.poll()
    assert session.texts == []
    session.relay.handle_timeout(due)
    session.poll()
    assert session.texts == ["No mark"]
    assert session.relay.poll_timeout() is None


def test_a_token_may_be_empty_and_closes_a_cycle() -> None:
    session = Session()
    session.say("", last=False)
    session.say("Hello", last=False)
    session.say("", last=True)

    assert session.texts == ["Hello"]
    assert session.of("error") == []


def test_files_and_keys_stand_in_the_queue_with_the_words() -> None:
    session = Session()
    session.say("Listen to this", last=False)
    session.send(type="play", source="a.wav", loop=2)
    session.say("Now keys", last=False)
    session.send(type="sendDigits", digits="12#")

    assert [item.what for item in session.items] == [
        Saying("Listen to this", "en-US"),
        Playing("a.wav", 2),
        Saying("Now keys", "en-US"),
        Pressing("12#"),
    ]


def test_a_language_is_that_of_what_follows() -> None:
    session = Session()
    session.say("Hello there", last=False)
    session.send(type="language", ttsLanguage="de-DE", transcriptionLanguage="de-DE")
    session.say("Guten Tag")
    session.say("Hola", lang="es-ES")
    session.say("Wieder da")

    assert [item.what for item in session.items] == [
        Saying("Hello there", "en-US"),
        Saying("Guten Tag", "de-DE"),
        Saying("Hola", "es-ES"),
        Saying("Wieder da", "de-DE"),
    ]
    assert session.relay.poll_listen() == "de-DE"
    assert session.relay.poll_listen() is None
    session.speak("Hallo")
    assert session.of("prompt")[0]["lang"] == "de-DE"


def test_what_is_preemptible_gives_way_to_the_next_cycle_and_the_rest_does_not() -> None:
    session = Session()
    session.say("Stays here. ", last=True)
    session.say("One moment please, I am looking. Still looking. ", preemptible=True)
    session.begin()
    assert len(session.items) == 4

    session.say("Found", last=False)
    assert session.texts == ["Stays here."]
    session.say(" it.")
    assert session.texts == ["Stays here.", "Found it."]


def test_tokens_of_the_same_cycle_do_not_preempt_it() -> None:
    session = Session(preemptible=True)
    session.say("First sentence. ", last=False)
    session.now += CLAUSE_PATIENCE_S
    session.say("Second sentence. ", last=False)
    session.relay.handle_timeout(session.now + CLAUSE_PATIENCE_S)
    session.say("Third.")

    assert session.texts == ["First sentence.", "Second sentence.", "Third."]


# Interruptions


def test_a_voice_interrupts_and_the_application_is_told_what_was_heard() -> None:
    session = Session()
    session.say("Life is a complex set of experiences. And there is more of it. The end.")
    session.hear(2_000)
    session.begin(2_000)
    session.now += 1.0

    session.speak()

    assert session.items == []
    assert session.of("interrupt") == [
        {
            "type": "interrupt",
            "utteranceUntilInterrupt": "Life is a complex set of experiences. And there is",
            "durationUntilInterruptMs": 3_000,
        }
    ]


def test_what_was_not_heard_yet_was_heard_for_no_time() -> None:
    session = Session()
    session.say("Not a word of it was heard.")
    session.speak()

    (told,) = session.of("interrupt")
    assert (told["utteranceUntilInterrupt"], told["durationUntilInterruptMs"]) == ("", 0)


def test_between_two_clauses_the_first_was_heard() -> None:
    session = Session()
    session.say("This was heard. This was not.")
    session.hear(1_500)
    session.speak()

    (told,) = session.of("interrupt")
    assert (told["utteranceUntilInterrupt"], told["durationUntilInterruptMs"]) == ("This was heard.", 1_500)


def test_another_cycle_is_not_counted() -> None:
    session = Session()
    session.say("The first cycle.")
    session.hear()
    session.say("The second cycle is longer than that.")
    session.begin(1_000)
    session.now += 0.5
    session.press("1")

    (told,) = session.of("interrupt")
    assert told == {
        "type": "interrupt",
        "utteranceUntilInterrupt": "The second cycle",
        "durationUntilInterruptMs": 500,
    }


@pytest.mark.parametrize(
    ("interruptible", "by_key", "by_voice"),
    [("none", False, False), ("dtmf", True, False), ("speech", False, True), ("any", True, True)],
)
def test_who_may_interrupt(interruptible: str, by_key: bool, by_voice: bool) -> None:
    for act, interrupts in (("key", by_key), ("voice", by_voice)):
        for of_document, of_message in ((interruptible, {}), ("any", {"interruptible": interruptible})):
            session = Session(interruptible=Interruptible(of_document))
            session.send(type="text", token="Words.", last=True, **of_message)
            session.begin()
            if act == "key":
                session.press("1")
            else:
                session.speak("Stop")
            assert bool(session.of("interrupt")) is interrupts, (act, of_document)
            assert bool(session.items) is not interrupts


def test_the_greeting_has_a_rule_of_its_own() -> None:
    session = Session(greeting="Hello.", greeting_interruptible=Interruptible.NONE)
    session.begin()
    session.speak("Stop")
    assert session.of("interrupt") == session.of("prompt") == []

    session.finish()
    session.say("Now it may.")
    session.speak("Stop")
    assert len(session.of("interrupt")) == 1


def test_nothing_is_interrupted_where_nothing_is_said() -> None:
    session = Session(dtmf_detection=True)
    session.press("5")
    session.speak("Hello")

    assert session.of("interrupt") == []
    assert session.of("dtmf") == [{"type": "dtmf", "digit": "5"}]
    assert prompts(session) == [("Hello", True)]


def test_keys_are_told_where_the_document_asks_for_them() -> None:
    session = Session()
    session.press("5")
    assert session.of("dtmf") == []


@pytest.mark.parametrize(
    ("reported", "keys", "words"),
    [("none", 0, 0), ("dtmf", 1, 0), ("speech", 0, 1), ("any", 1, 1)],
)
def test_what_does_not_interrupt_is_told_where_the_document_asks_for_it(
    reported: str, keys: int, words: int
) -> None:
    session = Session(dtmf_detection=True, interruptible=Interruptible.NONE, reported=Interruptible(reported))
    session.say("You cannot stop me.")
    session.press("5")
    session.speak("Stop it")

    assert (len(session.of("dtmf")), len(session.of("prompt"))) == (keys, words)
    assert session.of("interrupt") == []


def test_words_that_are_understood_after_the_agent_has_done_are_told() -> None:
    session = Session(interruptible=Interruptible.NONE)
    session.say("Your name please?")
    session.begin()
    session.speak("Alice", final=False)
    session.finish()
    session.relay.handle_words("Alice Miller", is_final=True, now=session.now)
    session.poll()

    assert prompts(session) == [("Alice Miller", True)]


@pytest.mark.parametrize(
    ("sensitivity", "words", "interrupts"),
    [
        (Sensitivity.HIGH, (), True),
        (Sensitivity.MEDIUM, (), False),
        (Sensitivity.MEDIUM, ("stop",), True),
        (Sensitivity.LOW, ("stop", "stop it"), False),
        (Sensitivity.LOW, ("stop", "stop it now"), True),
    ],
)
def test_how_much_speech_it_takes(sensitivity: Sensitivity, words: tuple[str, ...], interrupts: bool) -> None:
    session = Session(sensitivity=sensitivity)
    session.say("A long story.")
    session.speak(*words, final=False)

    assert bool(session.of("interrupt")) is interrupts


def test_few_words_interrupt_once_they_are_all() -> None:
    session = Session(sensitivity=Sensitivity.LOW)
    session.say("A long story.")
    session.speak("stop")

    assert len(session.of("interrupt")) == 1
    assert prompts(session) == [("stop", True)]


def test_words_that_only_show_that_somebody_listens_are_left() -> None:
    session = Session(ignores_backchannel=True, reported=Interruptible.ANY)
    session.say("A long story.")
    session.begin()
    session.speak("Uh-huh.", "Uh-huh, yeah.")
    assert session.of("interrupt") == session.of("prompt") == []

    session.speak("Yeah, but", "Yeah, but wait")
    assert len(session.of("interrupt")) == 1
    assert prompts(session) == [("Yeah, but wait", True)]
    session.speak("Okay")  # nobody speaks: it is an answer
    assert prompts(session)[-1] == ("Okay", True)


def test_partial_prompts_are_told_where_the_document_asks_for_them() -> None:
    for wanted, told in (
        (True, [("I", False), ("I want", False), ("I want that.", True)]),
        (False, [("I want that.", True)]),
    ):
        session = Session(partial_prompts=wanted)
        session.speak("I", "I want", "I want that.")
        assert prompts(session) == told


def test_an_utterance_without_words_is_not_told() -> None:
    session = Session()
    session.speak("  ")
    assert session.of("prompt") == []


def test_what_was_left_unsaid_of_a_cut_cycle_is_out_of_date_once_the_caller_has_spoken() -> None:
    session = Session()
    session.say("I was saying this. And was abo", last=False)
    session.begin()
    session.speak("Wait", final=False)
    session.say("ut to", last=False)  # on its way when it was interrupted
    session.relay.handle_words("Wait a minute", is_final=True, now=session.now)
    session.say("Sure.")

    assert session.texts == ["Sure."]


def test_an_application_that_answers_an_interruption_at_once_is_heard() -> None:
    session = Session()
    session.say("I was saying. ")
    session.press("1")
    session.say("Yes?")

    assert session.texts == ["Yes?"]


# Events


def test_events_are_told_where_the_document_asks_for_them() -> None:
    session = Session(events=ALL_EVENTS)
    session.speak("Hello")
    session.now += 0.25
    session.say("This is first. Second one.")
    session.hear()
    session.begin()
    session.now += 0.7
    session.speak()

    assert [(each["name"], each["value"]) for each in session.of("info")] == [
        ("clientSpeaking", "on"),
        ("clientSpeaking", "off"),
        ("roundTripDelayMs", 250),
        ("agentSpeaking", "on"),
        ("tokensPlayed", "This is first."),
        ("clientSpeaking", "on"),
        ("tokensPlayed", "This is first. Second"),
        ("agentSpeaking", "off"),
    ]


def test_without_asking_no_event_is_told() -> None:
    session = Session()
    session.speak("Hello")
    session.say("First one.")
    session.hear()

    assert session.of("info") == []


# The end


def test_end_hands_over() -> None:
    session = Session()
    session.say("Not heard any more.")
    session.send(type="end", handoffData='{"reason":"agent"}')

    assert session.ending == Ending(SessionStatus.ENDED, 1000, handoff_data='{"reason":"agent"}')
    assert session.relay.state is RelayState.ENDED


def test_a_caller_who_hangs_up_completes_it() -> None:
    session = Session()
    session.relay.handle_left()

    assert session.ending == Ending(SessionStatus.COMPLETED, 1000, "Closing websocket session")


@pytest.mark.parametrize("code", [MAX_DURATION, RTP_TIMEOUT])
def test_a_call_that_the_node_ends_is_a_failure(code: int) -> None:
    session = Session()
    session.relay.handle_exhausted(code, "why")
    assert session.ending == Ending(
        SessionStatus.FAILED, 1000, "Closing websocket session", error_code=code, error_message="why"
    )
    assert session.relay.state is RelayState.ENDED


def test_a_lost_socket_is_a_failure() -> None:
    session = Session()
    session.relay.handle_closed("")

    assert session.ending == Ending(SessionStatus.FAILED, 1000, "", 64105, "Websocket ended")


def test_it_ends_once() -> None:
    session = Session()
    session.send(type="end")
    session.relay.handle_closed("")
    session.relay.handle_left()
    session.say("Nobody hears this.")
    session.press("1")
    session.speak("Nor this")

    assert session.ending.status is SessionStatus.ENDED
    assert session.items == []
    assert [each["type"] for each in session.sent] == ["setup"]


# Bad input


def test_a_malformed_message_is_told_and_left() -> None:
    session = Session()
    session.send(type="text", token=None)

    (told,) = session.of("error")
    assert told["description"].startswith("Invalid message received, code: 64107, token is no text")
    fault = session.relay.poll_fault()
    assert fault is not None
    assert fault[0] == 64107
    assert session.relay.state is RelayState.TALKING


def test_ten_malformed_messages_in_a_row_end_it() -> None:
    session = Session()
    for _ in range(9):
        session.send(type="nonsense")
    session.say("A good one.")
    for _ in range(9):
        session.send(type="nonsense")
    session.relay.handle_binary()
    session.poll()

    assert session.ending == Ending(
        SessionStatus.FAILED,
        1007,
        "Too many consecutive malformed messages",
        64105,
        "Websocket ended: Too many consecutive malformed messages",
    )
    assert len(session.of("error")) == 19


def test_a_flood_of_words_is_bounded_and_told() -> None:
    session = Session()
    for _ in range(ITEMS_MAX + 20):
        session.say("Another sentence.")
    assert len(session.items) == ITEMS_MAX
    assert len(session.of("error")) == 20
    assert session.relay.state is RelayState.TALKING  # they are well-formed

    session = Session()
    for _ in range(4):
        session.say("word " * 6_000)
    assert sum(map(len, session.texts)) <= CHARACTERS_MAX
    assert len(session.of("error")) == 2


def test_messages_that_nobody_takes_are_bounded() -> None:
    session = Session(dtmf_detection=True)
    for _ in range(2 * OUTBOX_MAX):
        session.relay.handle_key("1", session.now)
    session.poll()

    assert len(session.of("dtmf")) == OUTBOX_MAX


@given(st.lists(st.text(max_size=20), max_size=30))
def test_any_messages_leave_a_session_talking_or_ended(messages: list[str]) -> None:
    session = Session()
    for message in messages:
        session.relay.handle_message(message, session.now)
    assert (session.relay.poll_ending() is None) is (len(messages) < 10)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order: what is interrupted is not heard, and nothing is heard twice."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(dtmf_detection=True, events=ALL_EVENTS)
        self.over: set[int] = set()

    @rule(
        token=st.sampled_from(["Hello there, ", "one. ", "two", "", " three! ", "<p>x"]),
        last=st.booleans(),
        preemptible=st.booleans(),
    )
    def token(self, token: str, last: bool, preemptible: bool) -> None:
        self.session.say(token, last=last, preemptible=preemptible)

    @rule()
    def file(self) -> None:
        self.session.send(type="play", source="a.wav", preemptible=True)

    @rule()
    def keys(self) -> None:
        self.session.send(type="sendDigits", digits="1")

    @rule(seconds=st.floats(0, 2))
    def time(self, seconds: float) -> None:
        self.session.now += seconds
        self.session.relay.handle_timeout(self.session.now)
        self.session.poll()

    @rule()
    def begin(self) -> None:
        if self.session.items and self.session.items[0].began is None:
            self.session.begin()

    @rule()
    def finish(self) -> None:
        if self.session.items:
            assert self.session.items[0].item_id not in self.over
            self.over.add(self.session.items[0].item_id)
            self.session.finish()

    @rule(digit=st.sampled_from("1#"))
    def press(self, digit: str) -> None:
        self.session.press(digit)
        assert self.session.items == []

    @rule(words=st.sampled_from([(), ("Hi",), ("Hi", "Hi you")]))
    def speak(self, words: tuple[str, ...]) -> None:
        self.session.speak(*words)
        assert self.session.items == []

    @invariant()
    def each_cut_is_told_with_sane_numbers(self) -> None:
        for told in self.session.of("interrupt"):
            assert told["durationUntilInterruptMs"] >= 0

    @invariant()
    def the_mouth_and_the_queue_agree(self) -> None:
        current = self.session.relay._queue.current
        assert (current is None) is (not self.session.items)


TestAnyOrder = AnyOrder.TestCase
