"""What is understood so far, told while somebody still speaks (`partialResultCallback`, reference/twiml 4).

`UnstableSpeechResult` is all of it, since that is the one name that Twilio documents; `StableSpeechResult`
the words that two results in a row agreed on, from the first one. Who is told is never waited for.
"""

from offhook.speech.ports import Heard
from offhook.twiml.verbs.gather_speech import GatherSpeech
from offhook.verbs.program import Program
from offhook.webhook.ports import EventNews


class PartialResults:
    """Those of one Gather."""

    def __init__(self, speech: GatherSpeech, program: Program) -> None:
        self._speech = speech
        self._program = program
        self._number = 0
        self._words: list[str] = []

    def tell(self, heard: Heard) -> None:
        """Send one, where somebody is to be told."""
        if self._speech.partial_url is None:
            return
        program, words = self._program, heard.text.split()
        agreed = 0
        while agreed < min(len(words), len(self._words)) and _same(words[agreed], self._words[agreed]):
            agreed += 1
        self._words = words
        news = EventNews(
            program.resolve(self._speech.partial_url),
            self._speech.partial_method,
            (
                ("UnstableSpeechResult", heard.text),
                ("StableSpeechResult", " ".join(words[:agreed])),
                ("Stability", f"{heard.stability or 0.0:g}"),
                ("SequenceNumber", str(self._number)),
            ),
            program.auth_token,
            program.call.record,
        )
        program.courier.tell(program.call.record, news, f"{program.call.sid} speech")
        self._number += 1


def _same(first: str, second: str) -> bool:
    return first.strip(".,!?").lower() == second.strip(".,!?").lower()
