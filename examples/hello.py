"""Answer and say: the smallest application there is.

    .venv/bin/python examples/hello.py
    make run VOICE_URL=http://localhost:3000/voice

Dial sip:anyone@app.sip.localhost (`make run` prints the line). You hear "Hello from your own
application.", then the call ends.
"""

import os

from flask import Flask, Response

app = Flask(__name__)


@app.post("/voice")
def voice() -> Response:
    """The document that answers the call; its end hangs up."""
    twiml = "<Response><Say>Hello from your own application.</Say></Response>"
    return Response(twiml, content_type="text/xml")


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "3000")))
