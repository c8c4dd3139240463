"""Who interrupts an agent of ConversationRelay, with what, and what the application is told of it."""

import pytest

from offhook.stream.conversation_relay import (
    Sensitivity,
)
from offhook.stream.relay_message import Interruptible
from tests.support.relay_session import Session, prompts


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
