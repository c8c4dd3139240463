"""The sounds of the node: files that applications have played, fetched and decoded once and kept.

Shared by all calls, but for recordings of a call's own account, which are read from their files. A file is
used again without asking for as long as its answer allowed, then asked for by its validators (RFC 9111), so
that one that has not changed is not sent again. What must not be kept is fetched for each call. Called by
`play` through `verbs/program.py`. Source: reference/twiml 3.2.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from offhook.base.clock import Clock
from offhook.media.ports import Clip
from offhook.media.prompt_cache import PromptCache
from offhook.recording.own_recordings import OwnRecordings
from offhook.webhook.ports import Conversation, FetchedMedia, MediaRequest, Validators

DECODED_AT_ONCE: Final = 2
"""Files that are being decoded: each takes a thread and up to 90 MB."""

Decode = Callable[[bytes, str], Awaitable[Clip]]
"""Makes a clip of a file and its media type, beside the loop. Raises: AudioFileError."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was said of a file whose clip is kept."""

    validators: Validators
    fresh_until: float
    """Monotonic seconds."""


class Sounds:
    """Clips by their URL."""

    def __init__(
        self,
        decode: Decode,
        clock: Clock,
        recordings: OwnRecordings,
        cache: PromptCache | None = None,
    ) -> None:
        """cache: holds an hour of audio by default."""
        self._decode = decode
        self._clock = clock
        self._recordings = recordings
        self._clips = cache or PromptCache()
        self._known: dict[str, _Known] = {}
        self._fetching: dict[str, asyncio.Future[Clip | None]] = {}
        self._decoding = asyncio.Semaphore(DECODED_AT_ONCE)

    async def clip(self, request: MediaRequest, conversation: Conversation, account_sid: str) -> Clip:
        """The clip of a URL; calls that want the same one at one time share one fetch where they may.

        account_sid: of the call, whose recordings need no password.
        Raises: WebhookError when it cannot be fetched, AudioFileError when it is no audio.
        """
        recording = await self._recordings.audio(request.url, account_sid)
        if recording is not None:
            async with self._decoding:
                return await self._decode(recording, "audio/wav")
        clip = self._clips.get(request.url)
        known = self._known.get(request.url)
        if clip is not None and known is not None and self._clock.monotonic() < known.fresh_until:
            return clip
        fetching = self._fetching.get(request.url)
        if fetching is not None:
            shared = await asyncio.shield(fetching)
            if shared is not None:
                return shared
            return await self._fetch(request, conversation)  # it was for that call alone
        return await self._fetch_for_all(request, conversation)

    def is_recording(self, url: str, account_sid: str) -> bool:
        """Whether a URL is that of a recording of this account: audio, whatever would be asked for there."""
        return self._recordings.has(url, account_sid)

    async def _fetch_for_all(self, request: MediaRequest, conversation: Conversation) -> Clip:
        """Fetch, and let those who come meanwhile have it, if it is not for one call alone."""
        waiters: asyncio.Future[Clip | None] = asyncio.get_running_loop().create_future()
        self._fetching[request.url] = waiters
        try:
            clip = await self._fetch(request, conversation)
        finally:
            del self._fetching[request.url]
            if not waiters.done():
                waiters.set_result(self._clips.get(request.url))
        return clip

    async def _fetch(self, request: MediaRequest, conversation: Conversation) -> Clip:
        kept, known = self._clips.get(request.url), self._known.get(request.url)
        if kept is not None and known is not None:
            request = replace(request, known=known.validators)
        media = await conversation.fetch_media(request)
        if media.data is None and kept is not None and known is not None:
            self._keep(request.url, kept, replace(media, validators=known.validators))
            return kept
        async with self._decoding:
            clip = await self._decode(media.data or b"", media.media_type)
        self._keep(request.url, clip, media)
        return clip

    def _keep(self, url: str, clip: Clip, media: FetchedMedia) -> None:
        """Keep what may be kept and could be asked for again more cheaply than it was fetched."""
        has_validators = bool(media.validators.etag or media.validators.modified)
        if media.fresh_s is None or not (media.fresh_s or has_validators):
            self._known.pop(url, None)
            self._clips.remove(url)
            return
        self._clips.put(url, clip)
        self._known[url] = _Known(media.validators, self._clock.monotonic() + media.fresh_s)
        if len(self._known) > 2 * len(self._clips) + 64:
            self._known = {each: self._known[each] for each in self._known if each in self._clips}
