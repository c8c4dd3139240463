"""Steps in a call over loopback, with audio that is silent or spelled and time that jumps."""

import asyncio
from pathlib import Path

import pytest

from offhook.call.message_carrier import NotTakenError
from offhook.phone.hearing import Hearing
from offhook.phone.phone_call import CallEndedError, PhoneCall
from offhook.phone.script import NotHeardError, ReadyStep, Script, StepDone, StepError, make_ready
from offhook.phone.steps import Expect, Play, Press, Say, SendMessage, Step
from offhook.speech.ports import SpeechError
from tests.support.clock import LoopClock
from tests.support.silent_media import SilentMedia
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.spelling_spotter import SpellingSpotter, spelled
from tests.support.spelling_voice import SpellingVoice
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
WAITS = "<Response><Say>Hi</Say><Pause length='60'/></Response>"
ENDS_AFTER_3_1_S = "<Response><Say>Hi</Say><Pause length='3'/></Response>"
HEADER = bytes(44)


async def ready(*steps: Step) -> tuple[ReadyStep, ...]:
    """Without the threads in which files are read."""
    return await make_ready(steps, SilentMedia(), SpellingVoice(), SpellingSpotter())


class Talk:
    """A call of the small exchange and its script; what is heard is what the test writes."""

    def __init__(self, call: PhoneCall, path: Path) -> None:
        self.call = call
        self._path = path
        path.write_bytes(HEADER)
        self.script = Script(call, SpellingSpotter(), LoopClock(), Hearing(path))

    def hear(self, text: str) -> None:
        with self._path.open("ab") as file:
            file.write(spelled(text))

    async def do(self, step: Step, until_s: float = 30.0) -> StepDone:
        (each,) = await ready(step)
        return await self.script.carry_out(each, until_s)


async def talk(small: SmallExchange, path: Path) -> Talk:
    return Talk(await small.call(), path)


def test_each_step_waits_for_the_one_before(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: WAITS}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            said = await talking.do(Say("ten letters and ten."))
            pressed = await talking.do(Press("12"))
            assert (said.began_s, pressed.began_s) == (0.0, said.ended_s)
            assert said.ended_s == pytest.approx(1.0)
            assert pressed.ended_s == pytest.approx(1.4)
            await talking.call.hang_up()

    run(scenario())


def test_an_expectation_waits_until_it_is_heard(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: WAITS}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            asyncio.get_running_loop().call_later(7.0, talking.hear, "welcome to")
            asyncio.get_running_loop().call_later(8.0, talking.hear, " Acme. One or two")
            done = await talking.do(Expect("welcome to Acme. One or"))
            assert done.ended_s == pytest.approx(8.0, abs=0.21)
            assert done.spotting is not None
            assert done.spotting.end_s == len("welcome to Acme. One or") / 8000
            await talking.call.hang_up()

    run(scenario())


def test_what_was_heard_before_does_not_count_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: WAITS}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            talking.hear("menu, goodbye, ")
            await talking.do(Expect("menu"))
            talking.hear("other ")
            await talking.do(Press("1"))
            with pytest.raises(NotHeardError, match=r"within 5 s of the answer") as missed:
                await talking.do(Expect("goodbye"), until_s=5.0)
            assert (missed.value.sentence, missed.value.nearest is None) == ("goodbye", True)
            assert talking.script.elapsed_s == pytest.approx(5.0)
            await talking.call.hang_up()

    run(scenario())


def test_what_is_heard_while_the_step_before_runs_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: WAITS}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            asyncio.get_running_loop().call_later(0.1, talking.hear, "thank you")
            await talking.do(Press("1111"))
            done = await talking.do(Expect("thank you"))
            assert done.began_s == done.ended_s
            await talking.call.hang_up()

    run(scenario())


def test_the_call_may_end_with_what_is_expected_and_not_without(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: ENDS_AFTER_3_1_S}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            asyncio.get_running_loop().call_later(3.05, talking.hear, "goodbye")
            await talking.do(Press("1"))
            await talking.call.ended()
            assert (await talking.do(Expect("goodbye"))).spotting is not None
            with pytest.raises(NotHeardError, match="before the call ended") as missed:
                await talking.do(Expect("hello"))
            assert missed.value.nearest is None
            with pytest.raises(CallEndedError):
                await talking.do(Say("anything"))

    run(scenario())


@pytest.mark.parametrize(("keys", "is_done"), [(15, True), (16, True), (17, False)])
def test_whoever_hangs_up_at_the_last_key_has_had_it(tmp_path: Path, keys: int, is_done: bool) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: ENDS_AFTER_3_1_S}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            if is_done:
                await talking.do(Press("1" * keys))
            else:
                with pytest.raises(CallEndedError):
                    await talking.do(Press("1" * keys))
            assert (await talking.call.ended()).cause is not None

    run(scenario())


def test_what_can_never_be_done_names_the_step_and_the_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        missing, text = tmp_path / "missing.wav", tmp_path / "text.wav"
        text.write_bytes(b"")
        with pytest.raises(StepError, match=r"missing\.wav cannot be read: No such file"):
            await ready(Play(missing))
        with pytest.raises(StepError, match=r"cannot play .*text\.wav: "):
            await ready(Play(text))
        with pytest.raises(StepError, match="'x' in '1x' are no keys"):
            await ready(Press("1x"))
        voice = SpellingVoice()
        voice.fails = True
        with pytest.raises(SpeechError, match='cannot say "Hello": the engine is gone'):
            await make_ready([Say("Hello")], SilentMedia(), voice, SpellingSpotter())

    asyncio.run(scenario())


def test_a_message_is_sent_and_its_answer_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: WAITS}) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            done = await talking.do(SendMessage('{"key": "value"}'))
            assert (done.began_s, done.ended_s) == (0.0, 0.0)
            await talking.call.hang_up()
            with pytest.raises(CallEndedError):
                await talking.do(SendMessage("1"))

    run(scenario())


def test_a_message_that_the_other_side_takes_none_of_is_not_sent(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: WAITS}, node_takes_messages=False) as small:
            talking = await talk(small, tmp_path / "heard.wav")
            with pytest.raises(NotTakenError):
                await talking.do(SendMessage("1"))
            await talking.call.hang_up()

    run(scenario())
