"""The agent of a row's `<ConversationRelay>`, told by its query what to do, and what it was told.

say    words that it says when the session begins, one talk cycle
then   words that it says at each key
after  seconds after which it ends the session; without it, after the first prompt that is final
more   fields of its `text` messages, `name:value` with commas between
sends  a whole message that it sends first, as it is written
"""

import asyncio
import json
from typing import Any

import aiohttp
from aiohttp import web

_WORDS = {"true": True, "false": False}


class AgentServer:
    """One socket. `told` is what the row may ask of it."""

    def __init__(self, socket: web.WebSocketResponse, asked: dict[str, str]) -> None:
        self._socket = socket
        self._asked = asked
        self._more = {
            name: _WORDS.get(value, value)
            for name, _, value in (each.partition(":") for each in asked.get("more", "").split(",") if each)
        }
        self._prompts: list[str] = []
        self._played: list[str] = []
        self.told = {"keys": "", "interrupts": "0", "partials": "0", "errors": "0", "infos": ""}

    async def serve(self) -> None:
        """Until either side closes."""
        ending: asyncio.Task[None] | None = None
        async for frame in self._socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                break
            message = json.loads(frame.data)
            if message["type"] == "setup" and "after" in self._asked:
                ending = asyncio.create_task(self._end(float(self._asked["after"])))
            await self._take(message)
        if ending is not None:
            ending.cancel()
        self.told |= {"prompts": "|".join(self._prompts), "played": "|".join(self._played)}
        self.told["close"] = str(self._socket.close_code)

    async def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "setup"}:
                await self._begin(message)
            case {"type": "prompt", "last": True}:
                self._prompts.append(message["voicePrompt"])
                self.told["lang"] = message["lang"]
                if "after" not in self._asked:
                    await self._end(0)
            case {"type": "prompt"}:
                self.told["partials"] = "some"
            case {"type": "dtmf", "digit": digit}:
                self.told["keys"] += digit
                if "then" in self._asked:
                    await self._say(self._asked["then"])
            case {"type": "interrupt"}:
                self.told["interrupts"] = str(int(self.told["interrupts"]) + 1)
            case {"type": "error"}:
                self.told["errors"] = str(int(self.told["errors"]) + 1)
            case {"type": "info", "name": "tokensPlayed"}:
                self._played.append(message["value"])
            case {"type": "info", "name": name}:
                self.told["infos"] = " ".join(sorted({*self.told["infos"].split(), name}))

    async def _begin(self, setup: dict[str, Any]) -> None:
        self.told |= {name: str(setup[name]) for name in ("callSid", "callType", "direction")}
        self.told |= {f"Parameter_{name}": value for name, value in setup["customParameters"].items()}
        if "sends" in self._asked:
            await self._socket.send_str(self._asked["sends"])
        if "say" in self._asked:
            await self._say(self._asked["say"])

    async def _say(self, words: str) -> None:
        await self._socket.send_str(json.dumps({"type": "text", "token": words, "last": True, **self._more}))

    async def _end(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._socket.send_str(json.dumps({"type": "end", "handoffData": "done"}))
