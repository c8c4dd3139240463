"""Recordings that a document plays by their RecordingUrl: read from their files, not asked for.

    <Record action="/done"/>   →   /done answers <Play>{RecordingUrl}</Play>

The API gives the audio of a recording to its account alone, and a URL in a document has no password. So what
lies below the node's own URL and is a recording of the call's account is taken here. No request leaves, so
no credentials can go astray, wherever the name in `public_url` leads; every other URL, of another account's
recording too, is asked for as any file is. Called by `verbs/sounds.py`.
Source: reference/rest-api 2.6, as Twilio is with "Enforce HTTP Auth on Media URLs" off.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, urlsplit

from offhook.model.recording import RecordingStatus
from offhook.model.sip_domain import API_VERSION
from offhook.store.ports import RecordingFiles, Store, StoreBusyError
from offhook.webhook.ports import MEDIA_MAX, WebhookError

NOT_RETRIEVED: Final = 11200
TOO_LARGE: Final = 11750
NOT_FOUND: Final = 404
_PATH: Final = re.compile(
    rf"/{API_VERSION}/Accounts/(AC[0-9a-f]{{32}})/Recordings/(RE[0-9a-f]{{32}})(?:\.wav|\.mp3)?\Z"
)
_WITHOUT_AUDIO: Final = (RecordingStatus.ABSENT, RecordingStatus.DELETED)
_PORTS: Final = {"http": 80, "https": 443}


class OwnRecordings:
    """The recordings of the node, by their URL."""

    def __init__(self, store: Store, files: RecordingFiles, base_url: Callable[[], str]) -> None:
        """base_url: where the API is, by the time a recording is played."""
        self._store = store
        self._files = files
        self._base_url = base_url

    def has(self, url: str, account_sid: str) -> bool:
        """Whether a URL is that of a recording of this account, be there one or not."""
        return self._sid(url, account_sid) is not None

    async def audio(self, url: str, account_sid: str) -> bytes | None:
        """The WAV file of a recording of this account; None where the URL is that of something else.

        Whether it asks for `.mp3` or for certain channels makes no difference on a telephone.
        Raises: WebhookError 11200 where there is no audio yet, or none any more, 11750 where it is too long.
        """
        sid = self._sid(url, account_sid)
        if sid is None:
            return None
        # The verb that made it may have ended a moment ago.
        await self._store.flushed()
        try:
            return await self._audio(sid, account_sid, url)
        except (StoreBusyError, OSError) as error:
            raise WebhookError(
                NOT_RETRIEVED, f"the recording {sid} cannot be read: {error}", url=url
            ) from error

    async def _audio(self, sid: str, account_sid: str, url: str) -> bytes:
        """Raises: WebhookError, StoreBusyError, OSError."""
        recording = await self._store.recordings.fetch(account_sid, sid)
        if recording is None or recording.status in _WITHOUT_AUDIO:
            raise _unavailable(url, f"there is no recording {sid}")
        if not recording.status.is_final:
            raise _unavailable(url, f"the recording {sid} is not ready yet")
        data = await self._files.read(recording, MEDIA_MAX + 1)
        if data is None:
            raise _unavailable(url, f"the file of the recording {sid} is not on this node")
        if len(data) > MEDIA_MAX:
            raise WebhookError(TOO_LARGE, f"the recording is longer than {MEDIA_MAX} bytes", url=url)
        return data

    def _sid(self, url: str, account_sid: str) -> str | None:
        """Of the recording whose URL this is; None where it is none of the account's."""
        try:
            asked, own = urlsplit(url), urlsplit(self._base_url())
            if _place(asked) != _place(own) or not asked.path.startswith(own.path):
                return None
        except ValueError:  # a bad port or host: whoever asks for it says so
            return None
        # Who gives a user and password wants to be taken for that one.
        if asked.username is not None:
            return None
        found = _PATH.match(asked.path[len(own.path) :])
        return found[2] if found is not None and found[1] == account_sid else None


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port. Raises: ValueError."""
    return (parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme))


def _unavailable(url: str, why: str) -> WebhookError:
    return WebhookError(NOT_RETRIEVED, why, url=url, status=NOT_FOUND)
