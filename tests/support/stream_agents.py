"""Agents of Media Streams that do one thing each, right or wrong, as handlers of aiohttp; and their voice."""

import base64
import json
from typing import Final

import numpy as np
from aiohttp import web

from tests.support.sound import mu_law

FRAME: Final = 160
SILENCE: Final = b"\xff" * FRAME


def noise_samples(seconds: float, seed: int) -> bytes:
    """Of which no two frames are alike, as loud as speech: 16 bits, little-endian."""
    samples = np.random.default_rng(seed).normal(0, 4000, int(seconds * 8000))
    return samples.astype("<i2").tobytes()


def noise(seconds: float, seed: int) -> bytes:
    """The same as µ-law."""
    return mu_law(noise_samples(seconds, seed))


def frames_of(coded: bytes) -> list[bytes]:
    """Frames of 20 ms."""
    return [coded[start : start + FRAME] for start in range(0, len(coded), FRAME)]


async def silent_agent(request: web.Request) -> web.WebSocketResponse:
    """Listens."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for _ in socket:
        pass
    return socket


async def wrong_agent(request: web.Request) -> web.WebSocketResponse:
    """Says at its tenth frame everything that an agent may not say, and a word that it may."""
    socket, frames = web.WebSocketResponse(), 0
    await socket.prepare(request)
    async for message in socket:
        told = json.loads(message.data)
        frames += told["event"] == "media"
        if told["event"] != "media" or frames != 10:
            continue
        sid, payload = told["streamSid"], base64.b64encode(SILENCE).decode()
        await socket.send_str("{not json at all")
        await socket.send_str("[]")
        await socket.send_bytes(SILENCE)
        for said in (
            {"streamSid": sid},
            {"event": "stop", "streamSid": sid},
            {"event": "media", "media": {"payload": payload}},
            {"event": "clear", "streamSid": "MZ" + "0" * 32},
            {"event": "media", "streamSid": sid},
            {"event": "mark", "streamSid": sid, "mark": {}},
            {"event": "media", "streamSid": sid, "media": {"payload": "!! not base64 !!"}},
            {"event": "media", "streamSid": sid, "media": {"payload": payload}},
        ):
            await socket.send_json(said)
    return socket


async def talking_agent(request: web.Request) -> web.WebSocketResponse:
    """Talks for a second as soon as it is connected, and asks for two marks; it clears nothing."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        told = json.loads(message.data)
        if told["event"] != "start":
            continue
        sid = told["streamSid"]
        for name, seed in (("first", 11), ("second", 12)):
            payload = base64.b64encode(noise(0.5, seed)).decode()
            await socket.send_json({"event": "media", "streamSid": sid, "media": {"payload": payload}})
            await socket.send_json({"event": "mark", "streamSid": sid, "mark": {"name": name}})
    return socket


async def large_agent(request: web.Request) -> web.WebSocketResponse:
    """Says more in one message than is taken."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if json.loads(message.data)["event"] == "start":
            await socket.send_str(" " * (8 * 1024 * 1024 + 1))
    return socket


AGENTS = {"silent": silent_agent, "wrong": wrong_agent, "talking": talking_agent, "large": large_agent}
