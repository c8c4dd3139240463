"""Words of machines, and words of people."""

import pytest

from offhook.speech.answering.phrases import is_said_by_machines


@pytest.mark.parametrize(
    "text",
    [
        "Please leave your message after the beep.",
        "Leave a message",
        "Hi, you've reached Bob. I can\N{RIGHT SINGLE QUOTATION MARK}t come to the phone right now",
        "Your call has been forwarded to an automatic voice message system.",
        "The person you are calling is not available.",
        "Thank you for calling Acme. For sales, press 1.",
        "We are unable to take your call",
        "RECORD YOUR NAME AT THE TONE",
        "This is the voicemail of Anna",
        "Hi it's Anna, I'll call you back",
    ],
)
def test_what_machines_say(text: str) -> None:
    assert is_said_by_machines(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello?",
        "Hello, this is Bob speaking.",
        "Yes, who is this?",
        "Good morning, how can I help you?",
        "Schmidt.",
        "Sorry, the line is bad, can you say that again?",
        "I was just about to call you.",
    ],
)
def test_what_people_say(text: str) -> None:
    assert not is_said_by_machines(text)
