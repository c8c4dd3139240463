"""Gather a PIN: three tries for four digits, then the call goes on or ends.

    .venv/bin/python examples/gather_pin.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost and press 1234 (or PIN=...). You hear "Welcome back."; another number is
asked for again, the third one ends the call.
"""

import hmac
import os

from flask import Flask, request
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)
PIN = os.environ.get("PIN", "1234")
TRIES = 3


@app.post("/voice")
def voice() -> str:
    """Ask; the number of the try is kept in the URL, as there is nothing else to keep."""
    attempt = request.args.get("attempt", 1, type=int)
    response = VoiceResponse()
    gather = response.gather(num_digits=len(PIN), timeout=8, action=f"/pin?attempt={attempt}")
    gather.say("Please enter your PIN." if attempt == 1 else "That was not it. Once more, please.")
    response.say("We heard nothing. Goodbye.")
    return str(response)


@app.post("/pin")
def pin() -> str:
    """Compare, and ask again or not."""
    attempt = request.args.get("attempt", 1, type=int)
    response = VoiceResponse()
    if hmac.compare_digest(request.form["Digits"].encode(), PIN.encode()):
        response.say("Welcome back.")
    elif attempt < TRIES:
        response.redirect(f"/voice?attempt={attempt + 1}")
    else:
        response.say("Too many tries. Goodbye.")
    return str(response)


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
