"""Record: the caller speaks, hears it back, and keeps it or tries again.

    TWILIO_ACCOUNT_SID=... TWILIO_AUTH_TOKEN=... .venv/bin/python examples/record.py
    make run VOICE_URL=http://localhost:3000/voice

Both are printed by `make run`. Dial sip:anyone@app.sip.localhost, speak after the tone, press #. You hear
what you said; 1 keeps it, 2 deletes it and begins again.
"""

import base64
import os
from urllib.request import Request, urlopen

from flask import Flask, Response, request
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)
client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
client.api.base_url = os.environ.get("OFFHOOK_URL", "http://127.0.0.1:8080")


@app.post("/voice")
def voice() -> str:
    """Ask and record."""
    response = VoiceResponse()
    response.say("Speak after the tone, then press pound.")
    response.record(action="/recorded", finish_on_key="#", max_length=30, timeout=3)
    response.say("We heard nothing.")  # of an empty recording the action is not told
    response.redirect("/voice")
    return str(response)


@app.post("/recorded")
def recorded() -> str:
    """Play it back. The audio needs the account's login, so this application fetches it."""
    sid = request.form["RecordingSid"]
    response = VoiceResponse()
    gather = response.gather(num_digits=1, action=f"/keep/{sid}")
    gather.play(f"/audio/{sid}")
    gather.say("Press one to keep it, two to try again.")
    response.say("It is kept. Goodbye.")
    return str(response)


@app.get("/audio/<sid>")
def audio(sid: str) -> Response:
    """The recording, as a WAV file."""
    recording = client.recordings(sid).fetch()
    url = f"{client.api.base_url}{recording.uri.removesuffix('.json')}.wav"
    login = base64.b64encode(f"{client.username}:{client.password}".encode()).decode()
    with urlopen(Request(url, headers={"Authorization": f"Basic {login}"})) as answer:
        return Response(answer.read(), content_type="audio/wav")


@app.post("/keep/<sid>")
def keep(sid: str) -> str:
    """1 keeps, anything else begins again."""
    response = VoiceResponse()
    if request.form["Digits"] == "1":
        response.say("It is kept. Goodbye.")
    else:
        client.recordings(sid).delete()
        response.redirect("/voice")
    return str(response)


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
