"""A recogniser over the network: Deepgram's streaming protocol, one WebSocket for each caller.

The account's key and model, and what is asked for; a caller is listened to by `deepgram_hearing.py`. Whoever
speaks this protocol can be named by `asr_url`.
Source: https://developers.deepgram.com/docs/live-streaming-audio (read 2026-11).
"""

from functools import partial
from typing import Final
from urllib.parse import urlencode

import aiohttp

from offhook.base.redact import Secret
from offhook.speech.ports import Heard, Hearing, Listening, RecognitionError
from offhook.speech.recognition.deepgram_hearing import DeepgramHearing
from offhook.speech.recognition.whole import heard_whole

URL: Final = "wss://api.deepgram.com/v1/listen"
MODEL: Final = "nova-3"
PREFIX: Final = "deepgram_"
"""Of Twilio's names of Deepgram's models."""
HINTS_MAX: Final = 100
MESSAGE_MAX: Final = 1 << 20


class DeepgramRecognizer:
    """Implements `ports.Recognizer`."""

    name = "deepgram"

    def __init__(self, url: str | None, key: Secret | None, model: str | None) -> None:
        """url: of the service; None is Deepgram's own. Raises: ValueError without a key for that."""
        if key is None and url is None:
            raise ValueError("asr_key: the key of the service is missing")
        self._url = url or URL
        self._key = key
        self._model = model or MODEL
        self._session: aiohttp.ClientSession | None = None
        self._hearings: set[DeepgramHearing] = set()
        self._closed = False

    async def listen(self, options: Listening) -> Hearing:
        """Begin to listen; it is connected meanwhile. Raises: RecognitionError."""
        if self._closed:
            raise RecognitionError("the recogniser is closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        headers = {} if self._key is None else {"Authorization": f"Token {self._key.reveal()}"}
        url = f"{self._url}?{urlencode(self._query(options))}"
        connect = partial(self._session.ws_connect, url, headers=headers, max_msg_size=MESSAGE_MAX)
        hearing = DeepgramHearing(connect, options, self._hearings.discard)
        self._hearings.add(hearing)
        return hearing

    def _query(self, options: Listening) -> list[tuple[str, str]]:
        model = options.model.removeprefix(PREFIX) if options.model.startswith(PREFIX) else self._model
        hint = "keyterm" if model.startswith("nova-3") else "keywords"
        return [
            ("model", model),
            ("language", options.language),
            ("encoding", "mulaw"),
            ("sample_rate", "8000"),
            ("interim_results", str(options.wants_partials).lower()),
            ("endpointing", "false"),
            ("punctuate", "true"),
            ("smart_format", "true"),
            ("profanity_filter", str(options.profanity_filter).lower()),
            *((hint, each) for each in options.hints[:HINTS_MAX]),
        ]

    async def transcribe(self, samples: bytes, options: Listening) -> Heard:
        """All that is said in a recording. Raises: RecognitionError."""
        return await heard_whole(self, samples, options, _pace)

    async def close(self) -> None:
        """End every hearing and connection."""
        self._closed = True
        for hearing in tuple(self._hearings):
            await hearing.end()
        if self._session is not None:
            await self._session.close()


async def _pace(hearing: Hearing) -> None:
    """A recording is there at once: what the connection has not taken yet is not to be dropped."""
    if isinstance(hearing, DeepgramHearing):
        await hearing.has_room()
