"""TwiML text to a Document.

Called by `verbs/runner.py` for every document that a call fetches, and by `offhook twiml check`. Rules of
the document: reference/twiml 1.10 (https://www.twilio.com/docs/voice/twiml, read 2026-11). Left out: what
needs the world beside the text, such as whether a URL can be fetched or a voice exists.
"""

from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from offhook.twiml.attribute import TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.document import Document, Verb
from offhook.twiml.element import Element, read_element
from offhook.twiml.problem import INVALID_VERSION, ROOT_NOT_RESPONSE, SCHEMA_WARNING, Problem, TwimlError
from offhook.twiml.unsupported import UNSUPPORTED_VERBS
from offhook.twiml.verbs.connect import read_connect
from offhook.twiml.verbs.dial import read_dial
from offhook.twiml.verbs.echo import read_echo
from offhook.twiml.verbs.enqueue import read_enqueue
from offhook.twiml.verbs.gather import read_gather
from offhook.twiml.verbs.hangup import read_hangup
from offhook.twiml.verbs.leave import read_leave
from offhook.twiml.verbs.pause import read_pause
from offhook.twiml.verbs.pay import read_pay, read_prompt
from offhook.twiml.verbs.play import read_play
from offhook.twiml.verbs.record import read_record
from offhook.twiml.verbs.redirect import read_redirect
from offhook.twiml.verbs.refer import read_refer
from offhook.twiml.verbs.reject import read_reject
from offhook.twiml.verbs.say import read_say
from offhook.twiml.verbs.sms import read_sms
from offhook.twiml.verbs.start import read_start
from offhook.twiml.verbs.stop import read_stop

API_VERSION: Final = "2010-04-01"
VERSION: Final = Attribute("version", TEXT, API_VERSION)

KEPT_MAX: Final = 128
KEPT_BYTES: Final = 4096
"""A menu is the same text for every caller: so many documents, none of them longer, are read once."""

READERS: Final = MappingProxyType[str, Callable[[Element, ProblemLog], Verb | None]](
    {
        "Connect": read_connect,
        "Dial": read_dial,
        "Echo": read_echo,
        "Enqueue": read_enqueue,
        "Gather": read_gather,
        "Hangup": read_hangup,
        "Leave": read_leave,
        "Message": read_sms,
        "Pause": read_pause,
        "Pay": read_pay,
        "Play": read_play,
        "Prompt": read_prompt,
        "Record": read_record,
        "Redirect": read_redirect,
        "Refer": read_refer,
        "Reject": read_reject,
        "Say": read_say,
        "Start": read_start,
        "Stop": read_stop,
        "Sms": read_sms,
    }
)
"""Each verb's reader; None where the verb is dropped, which the reader has noted."""


def parse(body: bytes) -> Document:
    """A document as fetched, byte for byte, that can be run.

    Raises: TwimlError as `read`, and 13750 for the first verb or noun that Offhook does not run.
    """
    return _parse_once(body) if len(body) <= KEPT_BYTES else _parse(body)


def _parse(body: bytes) -> Document:
    document, not_run = _read(body)
    if not_run is not None:
        raise TwimlError(not_run.code, not_run.message, line=not_run.line, column=not_run.column)
    return document


_parse_once: Final = lru_cache(KEPT_MAX)(_parse)


def read(body: bytes) -> Document:
    """The same for those who only want to know what is wrong: verbs and nouns that are not run are notes.

    Elements and attributes that nobody knows are skipped and noted (12200), as are attribute values
    that are not allowed (the default is used).
    Raises: TwimlError 11750 (longer than 64 kB), 12100 (no well-formed XML), 12102 (the root is not
    Response), 12101 (its version).
    """
    return _read(body)[0]


def _read(body: bytes) -> tuple[Document, Problem | None]:
    """A document, and the first element in it that Twilio knows and Offhook does not run."""
    root = read_element(body)
    if root.name != "Response":
        message = f"the root element must be Response, not {root.name[:40]}"
        raise TwimlError(ROOT_NOT_RESPONSE, message, line=root.line, column=root.column)
    log = ProblemLog()
    if read_attributes(root, (VERSION,), log)[VERSION] != API_VERSION:
        message = f"the version of a Response must be {API_VERSION}"
        raise TwimlError(INVALID_VERSION, message, line=root.line, column=root.column)
    log.note_no_text(root)
    verbs = tuple(verb for child in root.elements if (verb := _read_verb(child, log)) is not None)
    return Document(verbs, log.problems), log.first_not_run


def _read_verb(element: Element, log: ProblemLog) -> Verb | None:
    reader = READERS.get(element.name)
    if reader is not None:
        return reader(element, log)
    if element.name in UNSUPPORTED_VERBS:
        log.note_not_run(element, "verb")
        return None
    log.note(SCHEMA_WARNING, element, f"<{element.name}> is not a TwiML verb: skipped{_hint(element.name)}")
    return None


def _hint(name: str) -> str:
    """What was meant, when only the case is wrong: the commonest slip (names are case-sensitive)."""
    for verb in (*READERS, *UNSUPPORTED_VERBS):
        if verb.lower() == name.lower():
            return f" (did you mean <{verb}>?)"
    return ""
