"""A program: one TwiML document running on one Call, and what its verbs may use.

Made by `verbs/runner.py` for each document; given to every verb.
"""

from dataclasses import dataclass
from urllib.parse import urljoin

from offhook.base.redact import Secret
from offhook.call.call import Call
from offhook.media.ports import Clip
from offhook.verbs.sounds import Sounds
from offhook.verbs.voice import Voice
from offhook.webhook.ports import Conversation, MediaRequest


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
    sounds: Sounds
    conversation: Conversation
    """With the application: its cookies and logins."""
    auth_token: Secret
    """Signs the requests."""
    document_url: str
    """Where the document came from, after redirects; empty for one that came with a request."""

    def resolve(self, reference: str | None) -> str:
        """An absolute URL for one in the document; None or empty is the document itself."""
        return urljoin(self.document_url, reference or "")

    async def sound(self, reference: str) -> Clip:
        """The clip of a file that the document names. Raises: WebhookError, AudioFileError."""
        return await self.sounds.clip(
            MediaRequest(self.resolve(reference), self.auth_token), self.conversation
        )
