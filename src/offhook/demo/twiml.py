"""The TwiML of the demo, written by hand, as the shortest example of what an application answers."""

from typing import Final
from xml.sax.saxutils import escape

RECORDED_AT_MOST_S: Final = 30
RINGS_S: Final = 20


def document(*verbs: str) -> str:
    """The whole answer to a webhook."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{"".join(verbs)}</Response>'


def say(text: str) -> str:
    """Words."""
    return f"<Say>{escape(text)}</Say>"


def ask(prompt: str) -> str:
    """Words, and one key that goes to the menu."""
    return f'<Gather action="menu" numDigits="1" timeout="5">{say(prompt)}</Gather>'


def back_to_menu() -> str:
    """The menu again."""
    return "<Redirect>menu</Redirect>"


def record() -> str:
    """The caller, until a key, three seconds of silence or half a minute."""
    return f'<Record action="recorded" timeout="3" maxLength="{RECORDED_AT_MOST_S}"/>'


def play(url: str) -> str:
    """A file."""
    return f"<Play>{escape(url)}</Play>"


def dial(sip_uri: str) -> str:
    """Everything that is registered under an address."""
    return f'<Dial action="dialled" timeout="{RINGS_S}"><Sip>{escape(sip_uri)}</Sip></Dial>'
