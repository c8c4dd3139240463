"""`<Gather>`: prompt for keys and go on with them (reference/twiml 4). Called by `verbs/runner.py`.

The first key silences the prompts. The timeout begins when they end, or with the first key, and
anew with each key. Nothing pressed: the next verb, or the action with empty `Digits` where
`actionOnEmptyResult` asks for it.
"""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from offhook.call.audio import Keys
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.say import Say
from offhook.verbs.key_collector import KeyCollector
from offhook.verbs.pause import RunPause
from offhook.verbs.play import NO_AUDIO_IN_GATHER, RunPlay
from offhook.verbs.program import Program
from offhook.verbs.say import RunSay
from offhook.verbs.verb import Flow, GoTo, Needs, Next


class RunGather:
    """Plays the prompts, collects keys, goes to the action."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Gather, program: Program) -> Next:
        """Raises: DocumentError when a prompt cannot be spoken."""
        collector = KeyCollector(verb.num_digits, verb.finish_on_key)
        with program.call.leg.audio.collecting() as keys:
            first = await _first_key(verb.prompts, keys, program, verb.timeout_s)
            while first is not None and not collector.take(first):
                first = await _key_within(keys, verb.timeout_s)
        if not collector.digits and not verb.action_on_empty_result:
            return Flow.CONTINUE
        results = (("Digits", collector.digits), ("FinishedOnKey", collector.finished_on_key))
        return GoTo(program.resolve(verb.action), verb.method, results)


async def _first_key(
    prompts: Sequence[Say | Play | Pause], keys: Keys, program: Program, timeout_s: float
) -> str | None:
    """The first key, pressed during the prompts or within the timeout after them."""
    with keys.breaking_off():
        await _prompt(prompts, program)
    return await _key_within(keys, timeout_s)


async def _prompt(prompts: Sequence[Say | Play | Pause], program: Program) -> None:
    for prompt in prompts:
        match prompt:
            case Say():
                await RunSay().run(prompt, program)
            case Play():
                await RunPlay(no_audio=NO_AUDIO_IN_GATHER).run(prompt, program)
            case Pause():
                await RunPause().run(prompt, program)


async def _key_within(keys: Keys, timeout_s: float) -> str | None:
    try:
        async with asyncio.timeout(timeout_s):
            return await keys.next()
    except TimeoutError:
        return None
