"""A voice agent over Media Streams: it hears the call's audio and speaks into it, 20 ms at a time.

    .venv/bin/python examples/stream_agent.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost and say something: after a pause you hear it again. Speak while it speaks,
and it falls silent at once (`clear`) and listens. Press 0 to hear "Goodbye." Put a recogniser, a language
model and a synthesiser where `answer` is: it gets what was said as G.711 mu-law and gives what to say.
"""

import base64
import json
import os
import sys

from aiohttp import WSMsgType, web
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, VoiceResponse

PORT = int(os.environ.get("PORT", "3000"))
AUTH_TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "")
FRAMES_A_SECOND = 50
PAUSE = FRAMES_A_SECOND * 7 // 10
"""Frames of silence that end what was said."""
BREATH = FRAMES_A_SECOND // 5
"""Frames of speech that stop the agent."""
LOUD = 500


def magnitude(code: int) -> int:
    """How loud one byte of mu-law is, 0 to 32124 (ITU-T G.711)."""
    code = ~code & 0x7F
    return (((code & 0x0F) << 3) + 0x84 << (code >> 4)) - 0x84


MAGNITUDE = [magnitude(code) for code in range(256)]


async def voice(request: web.Request) -> web.Response:
    """Connect every call to the agent; what follows is for when it has closed."""
    response = VoiceResponse()
    connect = Connect()
    connect.stream(url="/talk", name="agent").parameter(name="Greeting", value="none")
    response.append(connect)
    response.say("Goodbye.")
    return web.Response(text=str(response), content_type="text/xml")


def answer(said: bytes) -> bytes:
    """What to say."""
    return said


async def talk(request: web.Request) -> web.StreamResponse:
    """One conversation."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if AUTH_TOKEN and not RequestValidator(AUTH_TOKEN).validate(f"ws://{request.host}/talk", {}, signature):
        return web.Response(status=403)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    stream_sid, is_speaking, said, spoken, silent = "", False, b"", 0, 0

    async def send(event: str, **body: str) -> None:
        await socket.send_json({"event": event, "streamSid": stream_sid, **({event: body} if body else {})})

    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            break
        match json.loads(frame.data):
            case {"event": "start", "streamSid": sid}:
                stream_sid = sid
            case {"event": "dtmf", "dtmf": {"digit": "0"}}:
                break
            case {"event": "mark"}:
                is_speaking = False  # all was heard, or cleared
            case {"event": "media", "media": {"payload": payload}}:
                heard = base64.b64decode(payload)
                is_loud = sum(map(MAGNITUDE.__getitem__, heard)) > LOUD * len(heard)
                spoken, silent = (spoken + 1, 0) if is_loud else (spoken, silent + 1)
                said = said + heard if spoken else heard
                if is_speaking and spoken == BREATH:
                    await send("clear")
                elif silent == PAUSE and spoken >= BREATH:
                    is_speaking = True
                    await send("media", payload=base64.b64encode(answer(said)).decode())
                    await send("mark", name="said")
                if silent == PAUSE:
                    said, spoken = b"", 0
    await socket.close()
    return socket


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.post("/voice", voice), web.get("/talk", talk)])
    web.run_app(app, host="127.0.0.1", port=PORT, print=lambda text: print(text, file=sys.stderr))
