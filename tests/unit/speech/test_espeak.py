"""espeak-ng as a program of its own: what it is asked, what it says, and every way in which it can fail."""

import asyncio
import os
import stat
import sys
from array import array
from collections.abc import Awaitable, Callable
from math import inf
from pathlib import Path

import numpy as np
import pytest

from offhook.speech.espeak import EspeakSettings, EspeakSynthesizer, languages_of
from offhook.speech.ports import SpeechError, SpokenAudio, Utterance

GERMAN = "Ihre Bestellung wird morgen geliefert."


def drive(
    script: Callable[[EspeakSynthesizer], Awaitable[None]], settings: EspeakSettings | None = None
) -> None:
    async def run() -> None:
        engine = EspeakSynthesizer(settings)
        try:
            await engine.start()
            await script(engine)
        finally:
            await engine.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


def program(folder: Path, does: str) -> str:
    """A program that lists German when it is asked for voices, and `does` something else otherwise."""
    path = folder / "espeak-ng"
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, signal, sys\n"
        "if '--voices' in sys.argv: print(' 5  de              --/M      German             gmw/de')\n"
        "elif '--version' in sys.argv: print('eSpeak NG text-to-speech: 9.9  Data at: /x')\n"
        f"else:\n    {does}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def said(*utterances: Utterance) -> list[SpokenAudio]:
    """What the real program says."""
    spoken: list[SpokenAudio] = []

    async def script(engine: EspeakSynthesizer) -> None:
        spoken.extend([await engine.synthesize(each) for each in utterances])

    drive(script)
    return spoken


def pitch_hz(audio: SpokenAudio) -> float:
    """The pitch that is heard most of the time."""
    samples = np.frombuffer(audio.samples, "<i2").astype(float)[:: audio.rate_hz // 8000]
    rate_hz, found = audio.rate_hz / (audio.rate_hz // 8000), []
    for start in range(0, len(samples) - 1024, 512):
        frame = samples[start : start + 1024]
        if np.sqrt(np.mean(frame**2)) < 500:
            continue
        alike = np.fft.irfft(np.abs(np.fft.rfft(frame, 4096)) ** 2)[:400]
        best = 25 + int(np.argmax(alike[25:200]))
        if alike[best] > 0.5 * alike[0]:
            found.append(rate_hz / best)
    return float(np.median(found))


def test_it_speaks_a_language_with_the_same_samples_each_time() -> None:
    first, second, empty = said(
        Utterance(GERMAN, "de-DE"), Utterance(GERMAN, "de-DE"), Utterance("  ?! ", "de-DE")
    )

    assert first == second
    assert first.rate_hz == 22_050
    assert 1.5 < len(first.samples) / 2 / first.rate_hz < 4.0
    assert 3_000 < max(array("h", first.samples)) < 32_767
    assert empty.samples == b""


def test_a_woman_speaks_higher_than_a_man_and_a_pitch_is_heard() -> None:
    own, man, woman, high = said(
        *(Utterance(GERMAN, "de", voice) for voice in ("", "man", "woman")),
        Utterance(GERMAN, "de", pitch=1.5),
    )

    assert own == man
    assert pitch_hz(woman) > 1.6 * pitch_hz(man)
    assert pitch_hz(high) / pitch_hz(man) == pytest.approx(1.5, rel=0.12)


@pytest.mark.parametrize("rate", [0.5, 0.75, 1.25, 1.5, 2.0])
def test_it_is_as_fast_as_is_asked_within_a_tenth(rate: float) -> None:
    text = " ".join([GERMAN] * 3).replace(".", ",")
    plain, other = said(Utterance(text, "de"), Utterance(text, "de", rate=rate))

    assert len(plain.samples) / len(other.samples) == pytest.approx(rate, rel=0.1)


def test_a_gain_ends_before_it_clips_and_silence_is_silent() -> None:
    plain, soft, loud, loudest, silent = said(
        *(Utterance(GERMAN, "de", gain_db=gain) for gain in (0.0, -6.0, 6.0, 40.0, -inf))
    )
    level = [
        float(np.sqrt(np.mean(np.frombuffer(each.samples, "<i2").astype(float) ** 2)))
        for each in (plain, soft, loud)
    ]

    assert level[1] / level[0] == pytest.approx(0.5, rel=0.1)
    assert level[2] / level[0] == pytest.approx(2.0, rel=0.1)
    assert loud == loudest
    assert set(silent.samples) == {0}
    assert len(silent.samples) == len(plain.samples)


def test_silence_is_left_out_on_the_side_that_is_asked_for() -> None:
    plain, start, end = (
        array("h", each.samples)
        for each in said(
            Utterance(GERMAN, "de"),
            Utterance(GERMAN, "de", trims_start=True),
            Utterance(GERMAN, "de", trims_end=True),
        )
    )

    assert plain[len(plain) - len(start) :] == start  # its speech begins at once, or nearly
    assert plain[: len(end)] == end
    assert len(end) < 0.9 * len(plain)
    assert max(map(abs, end[-20:])) <= 0.01 * max(map(abs, plain)) < max(map(abs, end[-400:]))


@pytest.mark.parametrize(
    "text", ["[[h@'loU]] x", "<break time='9s'/> x", "-v en --help x", "x\0y", "\ud800 x", "x" * 4096]
)
def test_a_text_is_never_more_than_a_text(text: str) -> None:
    (audio,) = said(Utterance(text, "de"))

    assert len(audio.samples) > 2_000


def test_tags_are_found_in_other_countries_and_under_other_names() -> None:
    async def script(engine: EspeakSynthesizer) -> None:
        for tag in (
            "de",
            "DE-at",
            "zh-CN",
            "cmn-Hans-CN",
            "yue-CN",
            "nb-NO",
            "no-NO",
            "pt-BR",
            "es-MX",
            "arb",
            "en-AU",
            "fr-CA",
            "he",
        ):
            assert engine.speaks(tag), tag
        for tag in ("zz", "zz-ZZ", "", "-", "tlh-x"):
            assert not engine.speaks(tag), tag

    drive(script)


def test_a_listing_that_is_none_has_no_languages() -> None:
    assert languages_of("") == languages_of("Pty Language\nnonsense\n 5 ../x -- y z\n") == frozenset()


def test_where_it_is_not_installed_it_speaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    async def script(engine: EspeakSynthesizer) -> None:
        assert not engine.is_installed
        assert not engine.speaks("de")
        with pytest.raises(SpeechError, match="no voice for de"):
            await engine.synthesize(Utterance("x", "de"))

    drive(script)


@pytest.mark.parametrize(
    ("does", "error"),
    [
        ("sys.exit(3)", "exit status 3"),
        ("os.kill(os.getpid(), 9)", "exit status -9"),
        ("sys.stdout.write('no sound')", "no WAV"),
        ("sys.stdout.buffer.write(b'RIFF' + bytes(60))", "no WAV"),
        ("signal.pause()", "not spoken within 0.5 s"),
    ],
)
def test_a_program_that_fails_fails_that_utterance(tmp_path: Path, does: str, error: str) -> None:
    async def script(engine: EspeakSynthesizer) -> None:
        for _ in range(2):
            with pytest.raises(SpeechError, match=error):
                await engine.synthesize(Utterance("x", "de"))

    drive(script, EspeakSettings(program(tmp_path, does), timeout_s=0.5))


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    async def script(engine: EspeakSynthesizer) -> None:
        asked = [engine.synthesize(Utterance("x", "de")) for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum("4 texts wait" in str(each) for each in answers) == 1
        assert sum("not spoken" in str(each) for each in answers) == 4

    settings = EspeakSettings(program(tmp_path, "signal.pause()"), timeout_s=0.5, at_once=1, waiting_max=4)
    drive(script, settings)


def test_a_caller_who_goes_ends_the_program(tmp_path: Path) -> None:
    marker = tmp_path / "began"
    os.mkfifo(marker)

    async def script(engine: EspeakSynthesizer) -> None:
        asking = asyncio.create_task(engine.synthesize(Utterance("x", "de")))
        pid = await asyncio.to_thread(marker.read_text)  # opens when the program has
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        assert pid not in os.listdir("/proc")  # noqa: PTH208 - names, and of no folder of ours

    does = f"open({str(marker)!r}, 'w').write(str(os.getpid())); signal.pause()"
    drive(script, EspeakSettings(program(tmp_path, does)))
