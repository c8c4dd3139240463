"""A voice agent over ConversationRelay: words in, words out; speech is the node's business.

    .venv/bin/python examples/relay_agent.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost. Say "Tell me a story", or press 1, and you hear one; stop it by speaking or
by a key, and you hear how far it came. Anything else that you say is said back. Press 0, and you are handed
over: "A person will call you back." Put a language model where `answer` is: it gets words and gives tokens.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator

from aiohttp import WSMsgType, web
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, VoiceResponse

PORT = int(os.environ.get("PORT", "3000"))
AUTH_TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "")
STORY = (
    "Once upon a time there was a telephone that nobody picked up. It rang in the morning, and it rang in "
    "the evening. One day a child came by, lifted it off the hook, and said hello. Since then it has not "
    "stopped talking. The end."
)


async def voice(request: web.Request) -> web.Response:
    """Connect every call to the agent."""
    response = VoiceResponse()
    connect = Connect(action="/after")
    connect.conversation_relay(
        url=f"ws://127.0.0.1:{PORT}/talk",
        welcome_greeting="Hello. Ask me for a story.",
        dtmf_detection=True,
    )
    response.append(connect)
    return web.Response(text=str(response), content_type="text/xml")


async def after(request: web.Request) -> web.Response:
    """What follows the conversation: HandoffData is what the agent gave."""
    form = await request.post()
    response = VoiceResponse()
    if form.get("HandoffData") == "person":
        response.say("A person will call you back.")
    return web.Response(text=str(response), content_type="text/xml")


def answer(words: str) -> Iterator[str]:
    """The tokens of an answer, as a language model would stream them."""
    text = STORY if "story" in words.lower() else f"You said: {words}"
    return (f"{word} " for word in text.split())


async def talk(request: web.Request) -> web.StreamResponse:
    """One conversation."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if AUTH_TOKEN and not RequestValidator(AUTH_TOKEN).validate(f"ws://{request.host}/talk", {}, signature):
        return web.Response(status=403)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    speaking: asyncio.Task[None] | None = None

    async def speak(tokens: Iterator[str]) -> None:
        for token in tokens:
            await socket.send_json({"type": "text", "token": token, "last": False})
            await asyncio.sleep(0.02)
        await socket.send_json({"type": "text", "token": "", "last": True})

    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            break
        match json.loads(frame.data):
            case {"type": "interrupt", "utteranceUntilInterrupt": heard}:
                tokens = iter([f"You stopped me after {len(heard.split())} words."])
            case {"type": "prompt", "voicePrompt": words, "last": True}:
                tokens = answer(words)
            case {"type": "dtmf", "digit": "1"}:
                tokens = answer("a story")
            case {"type": "dtmf", "digit": "0"}:
                await socket.send_json({"type": "end", "handoffData": "person"})
                continue
            case _:
                continue
        if speaking is not None:
            speaking.cancel()
        speaking = asyncio.create_task(speak(tokens))
    if speaking is not None:
        speaking.cancel()
    return socket


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.post("/voice", voice), web.post("/after", after), web.get("/talk", talk)])
    web.run_app(app, host="127.0.0.1", port=PORT, print=lambda text: print(text, file=sys.stderr))
