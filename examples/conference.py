"""A meeting: all who call meet in one conference; the chair starts it and ends it.

    .venv/bin/python examples/conference.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost: "You are early. The chair is not here yet.", again and again. Dial
sip:chair@app.sip.localhost from another phone: a beep, and you talk. `*` leaves; with the chair all do.
"""

import os

from flask import Flask, request
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)


@app.post("/voice")
def voice() -> str:
    """Everybody meets; the chair alone starts and ends it."""
    is_chair = request.form["To"].startswith("sip:chair@")
    response = VoiceResponse()
    response.dial(action="/left", hangup_on_star=True).conference(
        "Daily",
        start_conference_on_enter=is_chair,
        end_conference_on_exit=is_chair,
        wait_url="/wait",
        status_callback="/news",
        status_callback_event="start end join leave",
    )
    return str(response)


@app.post("/wait")
def wait() -> str:
    """What is heard before it starts; it leads to itself, since it is asked for once."""
    response = VoiceResponse()
    response.say("You are early. The chair is not here yet.")
    response.pause(3)
    response.redirect("/wait")
    return str(response)


@app.post("/left")
def left() -> str:
    """Whoever is still there hears this."""
    response = VoiceResponse()
    response.say("The meeting is over for you. Goodbye.")
    return str(response)


@app.post("/news")
def news() -> str:
    """What happens in it, in order."""
    form = request.form
    print(form["SequenceNumber"], form["StatusCallbackEvent"], form.get("CallSid", ""), flush=True)
    return ""


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
