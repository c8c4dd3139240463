"""Dial with a fallback: ring a phone, and take a message when nobody answers.

    .venv/bin/python examples/dial_with_fallback.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost. The demo's phone rings (`make run` prints the lines that register one; or
PHONE=sip:...) and you talk. When it is busy, does not answer in ten seconds or is not there, you hear "Nobody
is here. Leave a message after the tone.", and are recorded.
"""

import os

from flask import Flask, request
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)
PHONE = os.environ.get("PHONE", "sip:phone@demo.sip.localhost")


@app.post("/voice")
def voice() -> str:
    """Ring the phone; `action` is asked whatever comes of it."""
    response = VoiceResponse()
    response.dial(action="/after", timeout=10).sip(PHONE)
    return str(response)


@app.post("/after")
def after() -> str:
    """Who has talked is done; who has not may leave a message."""
    response = VoiceResponse()
    if request.form["DialCallStatus"] == "completed":
        response.hangup()
    else:
        response.say("Nobody is here. Leave a message after the tone.")
        response.record(action="/thanks", max_length=60, timeout=3)
    return str(response)


@app.post("/thanks")
def thanks() -> str:
    """Say where the message is, to the operator, and goodbye to the caller."""
    seconds, url = request.form["RecordingDuration"], request.form["RecordingUrl"]
    print(f"{request.form['From']} left {seconds} s: {url}.wav", flush=True)
    response = VoiceResponse()
    response.say("Thank you. Goodbye.")
    return str(response)


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
