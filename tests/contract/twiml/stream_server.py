"""The server of a row's `<Stream>`: one that listens until the end, or talks for a second and is done."""

import base64
import json
from typing import Final

import aiohttp
import numpy as np
from aiohttp import web

from tests.support.sound import tone

TALKS_HZ: Final = 700
SILENT: Final = frozenset({0xFF, 0x7F, 0xFE, 0x7E})
"""µ-law of next to nothing."""


def ulaw(samples: bytes) -> bytes:
    """16-bit little-endian samples as G.711 µ-law (ITU-T G.711)."""
    linear = np.frombuffer(samples, "<i2").astype(np.int32)
    sign = np.where(linear < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(linear), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    coded: bytes = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()
    return coded


class StreamServer:
    """One socket. `told` is what the row may ask of it."""

    def __init__(self, socket: web.WebSocketResponse, *, talks: bool) -> None:
        """talks: says a second of 700 Hz, and closes when that was played."""
        self._socket = socket
        self._talks = talks
        self._heard: dict[str, int] = {"inbound": 0, "outbound": 0}
        """Frames with sound in them."""
        self.told: dict[str, str] = {}

    async def serve(self) -> None:
        """Until either side closes."""
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            told = json.loads(message.data)
            match told["event"]:
                case "start":
                    await self._handle_start(told)
                case "media":
                    frame = base64.b64decode(told["media"]["payload"])
                    self._heard[told["media"]["track"]] += not set(frame) <= SILENT
                case "dtmf":
                    self.told["keys"] = self.told.get("keys", "") + told["dtmf"]["digit"]
                case "mark":
                    await self._socket.close()
                case "stop":
                    self.told["stopped"] = "yes"
        for track, frames in self._heard.items():
            self.told[track] = str(round(frames / 50))

    async def _handle_start(self, told: dict[str, object]) -> None:
        start = told["start"]
        assert isinstance(start, dict)
        self.told |= {f"Parameter_{name}": value for name, value in start["customParameters"].items()}
        self.told |= {"tracks": ",".join(start["tracks"]), "CallSid": start["callSid"]}
        if self._talks:
            payload = base64.b64encode(ulaw(tone(TALKS_HZ))).decode()
            for event, body in (("media", {"payload": payload}), ("mark", {"name": "end"})):
                text = json.dumps({"event": event, "streamSid": told["streamSid"], event: body})
                await self._socket.send_str(text)
