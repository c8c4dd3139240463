"""A ConversationRelay session as a machine: who says what when, by the times that are handed in."""

import pytest

from offhook.stream.conversation_relay import (
    CLAUSE_PATIENCE_S,
    MAX_DURATION,
    OUTBOX_MAX,
    RTP_TIMEOUT,
    ConversationRelay,
    Ending,
    RelayOptions,
    RelayState,
    SessionStatus,
)
from offhook.stream.talk_queue import CHARACTERS_MAX, ITEMS_MAX, Playing, Pressing, Saying
from tests.support.relay_session import ALL_EVENTS, SETUP, Session

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
