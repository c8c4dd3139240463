"""A program: one TwiML document running on one Call, and what its verbs may use.

Made by `verbs/runner.py` for each document; given to every verb.
"""

from dataclasses import dataclass
from urllib.parse import urljoin

from offhook.call.call import Call
from offhook.verbs.voice import Voice


class DocumentError(Exception):
    """The document cannot go on: the fallback URL is asked, else the caller hears the error sentence.

    code: Twilio's error code (reference/twiml 16, policy "fatal").
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Program:
    """What a verb sees."""

    call: Call
    voice: Voice
    document_url: str
    """Where the document came from, after redirects."""

    def resolve(self, reference: str | None) -> str:
        """An absolute URL for one in the document; None or empty is the document itself."""
        return urljoin(self.document_url, reference or "")
