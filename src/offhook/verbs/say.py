"""`<Say>`: speak a text (reference/twiml 3.1). Called by `verbs/runner.py` and `verbs/gather.py`."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import ClassVar, Final

from offhook.speech.ports import Part, SpeechError, Utterance
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.prosody import Break, Phrase
from offhook.twiml.ssml import CLAUSE_MARKS, SENTENCE_MARKS, worded
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
        """Notes 13511 where another voice speaks than was asked for, 12200 where a say-as is not done.

        Raises: DocumentError 12400 when the speech engine fails.
        """
        faults: dict[str, int] = {}
        parts = tuple(utterances(verb, program.voice.cast, faults))
        for fault, code in faults.items():
            program.call.note(code, f"{fault} (line {verb.line})", program.document_summary())
        for _ in repeat(None, verb.loop or ENDLESS):
            try:
                await program.voice.say(program.audio, *parts)
            except SpeechError as error:
                raise DocumentError(12400, f"the text could not be spoken: {error}") from error
        return Flow.CONTINUE


def utterances(say: Say, cast: Cast, faults: dict[str, int]) -> Iterator[Utterance | Break]:
    """What the voice is to say: each phrase, with the silence around it that the text asks for.

    Of itself the voice has silence at both ends of a text, as much as between two sentences. Beside a break
    it has none: the break is as long as it says. Two phrases of one sentence are spoken without a pause, or
    behind a comma with that of a comma.
    faults: takes why another voice speaks, or reads a text as it stands, each reason once, with its code.
    """

    def speaker_of(phrase: Phrase) -> Part:
        speaker = cast(say.voice, say.language)
        # A part in another language is no fault of the voice's.
        return cast(speaker.voice, phrase.language) if phrase.language else speaker

    before: Phrase | Break | None = None
    parts, unsaid = worded(say.parts, lambda phrase: speaker_of(phrase).language)
    faults |= dict.fromkeys(unsaid, SCHEMA_WARNING)
    for index, part in enumerate(parts):
        after = parts[index + 1] if index + 1 < len(parts) else None
        if isinstance(part, Break):
            yield part
        else:
            speaker = speaker_of(part)
            if speaker.fault:
                faults.setdefault(speaker.fault, OTHER_VOICE)
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
