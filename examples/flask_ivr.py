"""A menu in Flask with Twilio's own library, signatures checked.

    TWILIO_AUTH_TOKEN=<the one that `make run` prints> .venv/bin/python examples/flask_ivr.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost. You hear a menu: 1 tells the hours, 2 takes and repeats an order number.
"""

import os

from flask import Flask, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])


@app.before_request
def check_signature() -> None:
    """Only the platform may ask."""
    if not validator.validate(request.url, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)


@app.post("/voice")
def voice() -> str:
    """Ask what the caller wants; who presses nothing is asked again."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, action="/menu")
    gather.say("Thank you for calling. For our opening hours, press 1. For your order, press 2.")
    response.redirect("/voice")
    return str(response)


@app.post("/menu")
def menu() -> str:
    """Act on the key."""
    response = VoiceResponse()
    if request.form["Digits"] == "1":
        response.say("We are open from nine to five, Monday to Friday. Goodbye.")
    elif request.form["Digits"] == "2":
        gather = response.gather(num_digits=5, action="/order")
        gather.say("Please enter the five digits of your order number.")
        response.say("We heard nothing. Goodbye.")
    else:
        response.redirect("/voice")
    return str(response)


@app.post("/order")
def order() -> str:
    """Read the number back, digit by digit."""
    response = VoiceResponse()
    response.say(f"Order {' '.join(request.form['Digits'])} is on its way. Goodbye.")
    return str(response)


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
