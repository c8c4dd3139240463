"""A queue: callers wait and hear where they stand, an agent takes them one after the other.

    .venv/bin/python examples/call_queue.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost: "You are number 1 in the queue. Press 1 to be called back.", again and
again. Dial sip:agent@app.sip.localhost from another phone: the one who waits hears "An agent is there.",
and the two of you talk; then the next one, until you hang up or nobody has waited for half a minute.
"""

import os

from flask import Flask, request
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)
QUEUE = "support"


@app.post("/voice")
def voice() -> str:
    """Agents dial the queue, all others wait in it."""
    response = VoiceResponse()
    if request.form["To"].startswith("sip:agent@"):
        response.dial(action="/served", timeout=25).queue(QUEUE, url="/before")
    else:
        response.enqueue(QUEUE, action="/left", wait_url="/wait")
    return str(response)


@app.post("/wait")
def wait() -> str:
    """What is heard while waiting; it is asked for again when it has run out."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, action="/choice", timeout=10)
    gather.say(f"You are number {request.form['QueuePosition']} in the queue. Press 1 to be called back.")
    return str(response)


@app.post("/choice")
def choice() -> str:
    """1 leaves the queue; any other key waits on."""
    response = VoiceResponse()
    if request.form["Digits"] == "1":
        response.leave()
    return str(response)


@app.post("/before")
def before() -> str:
    """The caller hears this before the two talk; the agent hears it ring meanwhile."""
    response = VoiceResponse()
    response.say("An agent is there.")
    return str(response)


@app.post("/left")
def left() -> str:
    """Why the caller is not in the queue any more."""
    result, seconds = request.form["QueueResult"], request.form.get("QueueTime", "0")
    print(f"{request.form['From']} waited {seconds} s: {result}", flush=True)
    response = VoiceResponse()
    if result == "leave":
        response.say("We will call you back. Goodbye.")
    elif result != "bridged":
        response.say("Nobody is free. Goodbye.")
    return str(response)


@app.post("/served")
def served() -> str:
    """The next caller, please; where nobody came, that was all."""
    response = VoiceResponse()
    if request.form["DialCallStatus"] == "completed":
        response.redirect("/voice")
    else:
        response.say("Nobody waits. Goodbye.")
    return str(response)


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
