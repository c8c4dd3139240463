"""`<Gather>`: prompt for keys and words, and go on with them (reference/twiml 4). Called by the runner.

The first key, or what somebody says, silences the prompts. The timeout begins when they end, or with the
first key, and anew with each key. Nothing pressed and nothing said: the next verb, or the action with empty
`Digits` where `actionOnEmptyResult` asks for it. How it goes: `gathering/`.
"""

from typing import ClassVar

from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.say import Say
from offhook.verbs.gathering.gatherer import Gatherer
from offhook.verbs.pause import RunPause
from offhook.verbs.play import NO_AUDIO_IN_GATHER, RunPlay
from offhook.verbs.program import Program
from offhook.verbs.say import RunSay
from offhook.verbs.verb import Flow, GoTo, Needs, Next


class RunGather:
    """Plays the prompts, collects keys and words, goes to the action."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Gather, program: Program) -> Next:
        """Raises: DocumentError when a prompt cannot be spoken."""

        async def prompt() -> None:
            await _prompt(verb, program)

        with program.call.leg.audio.collecting() as keys:
            collected = await Gatherer(verb, program, prompt).gather(keys)
        if collected.speech is not None:
            results = [("SpeechResult", collected.speech.text)]
            if collected.speech.confidence is not None:
                results.append(("Confidence", f"{collected.speech.confidence:.4g}"))
        elif collected.digits or verb.action_on_empty_result:
            results = [("Digits", collected.digits), ("FinishedOnKey", collected.finished_on_key)]
        else:
            return Flow.CONTINUE
        return GoTo(program.resolve(verb.action), verb.method, tuple(results))


async def _prompt(verb: Gather, program: Program) -> None:
    for prompt in verb.prompts:
        match prompt:
            case Say():
                await RunSay().run(prompt, program)
            case Play():
                await RunPlay(no_audio=NO_AUDIO_IN_GATHER).run(prompt, program)
            case Pause():
                await RunPause().run(prompt, program)
