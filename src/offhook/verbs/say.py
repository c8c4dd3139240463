"""`<Say>`: speak a text (reference/twiml 3.1). Called by `verbs/runner.py` and `verbs/gather.py`."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import ClassVar, Final

from offhook.call.ledger import RequestSummary
from offhook.speech.ports import Part, SpeechError, Utterance
from offhook.twiml.prosody import Break, Phrase
from offhook.twiml.ssml import CLAUSE_MARKS, SENTENCE_MARKS
from offhook.twiml.verbs.say import Say
from offhook.verbs.program import DocumentError, Program
from offhook.verbs.verb import Flow, Needs, Next

Cast = Callable[[str, str], Part]
"""Who speaks for a voice and a language as they are written."""
OTHER_VOICE: Final = 13511
ENDLESS: Final = 1000
"""Rounds of `loop="0"` (reference/twiml 3.1: until hang-up, at most 1000)."""


class RunSay:
    """Speaks the text `loop` times."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Say, program: Program) -> Next:
        """Notes 13511 where another voice speaks than was asked for.

        Raises: DocumentError 12400 when the speech engine fails.
        """
        faults: list[str] = []
        parts = tuple(utterances(verb, program.voice.cast, faults))
        for fault in faults:
            program.call.note(
                OTHER_VOICE, f"{fault} (line {verb.line})", RequestSummary(url=program.document_url)
            )
        for _ in repeat(None, verb.loop or ENDLESS):
            try:
                await program.voice.say(program.audio, *parts)
            except SpeechError as error:
                raise DocumentError(12400, f"the text could not be spoken: {error}") from error
        return Flow.CONTINUE


def utterances(say: Say, cast: Cast, faults: list[str]) -> Iterator[Utterance | Break]:
    """What the voice is to say: each phrase, with the silence around it that the text asks for.

    Of itself the voice has silence at both ends of a text, as much as between two sentences. Beside a break
    it has none: the break is as long as it says. Two phrases of one sentence are spoken without a pause, or
    behind a comma with that of a comma.
    faults: takes why another voice speaks, each reason once.
    """
    before: Phrase | Break | None = None
    for index, part in enumerate(say.parts):
        after = say.parts[index + 1] if index + 1 < len(say.parts) else None
        if isinstance(part, Break):
            yield part
        else:
            speaker = cast(say.voice, say.language)
            if part.language:  # a part in another language is no fault of the voice's
                speaker = cast(speaker.voice, part.language)
            if speaker.fault and speaker.fault not in faults:
                faults.append(speaker.fault)
            yield Utterance(
                part.text,
                speaker.language,
                speaker.voice,
                part.rate,
                part.gain_db,
                trims_start=_is_close(before, SENTENCE_MARKS + CLAUSE_MARKS),
                trims_end=after is not None and (isinstance(after, Break) or _is_close(part, SENTENCE_MARKS)),
                pitch=part.pitch,
            )
        before = part


def _is_close(before: Phrase | Break | None, marks: tuple[str, ...]) -> bool:
    """Whether what comes behind it follows without a pause of its own: none of these marks makes one."""
    return isinstance(before, Break) or (before is not None and not before.text.endswith(marks))
