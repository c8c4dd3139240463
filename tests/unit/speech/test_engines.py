"""Several engines as one: who speaks what, what is kept, and what the account is told."""

import asyncio
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from offhook.speech import engines as engines_module
from offhook.speech.engines import SpeechEngines, engine_names, make_engines
from offhook.speech.espeak import EspeakSettings, EspeakSynthesizer
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import Part, SpeechError, SpokenAudio, Utterance
from offhook.speech.prompt_store import PromptStore


class Engine:
    """Speaks some languages, and remembers what it was asked."""

    def __init__(self, name: str, *languages: str, starts: bool = True) -> None:
        self.name, self.version = name, "1"
        self.languages = languages
        self.starts = starts
        self.asked: list[Utterance] = []
        self.is_closed = False

    async def start(self) -> None:
        if not self.starts:
            raise SpeechError("it is out of order")

    def speaks(self, language: str) -> bool:
        return language.lower().split("-")[0] in self.languages

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        self.asked.append(utterance)
        return SpokenAudio(self.name.encode() * 2, 8_000)

    async def close(self) -> None:
        self.is_closed = True


def two() -> tuple[Engine, Engine, SpeechEngines]:
    english, other = Engine("english", "en"), Engine("other", "en", "de")
    return english, other, SpeechEngines([english, other])


@pytest.mark.parametrize(
    ("voice", "language", "part"),
    [
        ("", "", Part("", "en-US")),
        ("man", "", Part("man", "en-US")),
        ("woman", "de-AT", Part("woman", "de-AT")),
        ("Polly.Hans", "", Part("man", "de-DE")),
        ("Polly.Amy", "en-US", Part("woman", "en-GB")),
    ],
)
def test_who_speaks_for_a_voice_and_a_language(voice: str, language: str, part: Part) -> None:
    assert two()[2].cast(voice, language) == part


@pytest.mark.parametrize(
    ("voice", "language", "speaker", "fault"),
    [
        ("robot", "", ("", "en-US"), "no voice robot"),
        ("Polly.Hans", "en-US", ("man", "en-US"), "Polly.Hans does not speak en-US"),
        ("", "fr-FR", ("", "en-US"), "nothing here speaks fr-FR"),
        ("Polly.Mathieu", "", ("man", "en-US"), "nothing here speaks fr-FR"),
    ],
)
def test_why_another_voice_speaks(voice: str, language: str, speaker: tuple[str, str], fault: str) -> None:
    part = two()[2].cast(voice, language)

    assert (part.voice, part.language) == speaker
    assert fault in part.fault


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    speech = SpeechEngines([Engine("english", "en"), EspeakSynthesizer()])

    assert "Debian package espeak-ng" in speech.cast("", "de-DE").fault


def test_the_first_engine_that_speaks_a_language_speaks_it() -> None:
    async def scenario() -> None:
        english, other, speech = two()
        for language in ("en-GB", "de-DE", "fr-FR"):
            await speech.synthesize(Utterance("x", language))
        assert [each.language for each in english.asked] == ["en-GB", "en-US"]
        assert [each.language for each in other.asked] == ["de-DE"]

    asyncio.run(scenario())


def test_what_was_spoken_is_not_spoken_again_also_after_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        for asked in (1, 0):
            engine = Engine("english", "en")
            speech = SpeechEngines([engine], PromptStore(tmp_path, 10_000))
            first = await speech.synthesize(Utterance("Hello."))
            await speech.close()
            assert len(engine.asked) == asked
            assert first == SpokenAudio(b"englishenglish", 8_000)
            assert engine.is_closed

    asyncio.run(scenario())


def test_what_will_hardly_be_said_again_is_not_written_to_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        speech = SpeechEngines([Engine("english", "en")], PromptStore(tmp_path, 10_000))
        await speech.synthesize(Utterance("Your balance is nine dollars.", is_fleeting=True))
        await speech.close()

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_does_not_keep_the_caller_from_hearing(tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = Engine("english", "en")
        speech = SpeechEngines([engine], PromptStore(tmp_path / "gone", 10_000))
        (tmp_path / "gone").rmdir()
        for _ in range(2):
            assert (await speech.synthesize(Utterance("Hello."))).samples
        await speech.close()
        assert len(engine.asked) == 2

    asyncio.run(scenario())


def test_an_engine_that_does_not_start_is_left_out_but_for_the_first() -> None:
    async def scenario() -> None:
        broken = Engine("broken", "de", starts=False)
        speech = SpeechEngines([Engine("english", "en"), broken])
        await speech.start()
        assert broken.is_closed
        assert speech.cast("", "de").fault
        with pytest.raises(SpeechError, match="out of order"):
            await SpeechEngines([broken]).start()

    asyncio.run(scenario())


def test_espeak_alone_must_be_installed(tmp_path: Path) -> None:
    absent = EspeakSynthesizer(EspeakSettings())
    absent._program = None

    with pytest.raises(SpeechError, match="install the Debian package espeak-ng"):
        asyncio.run(SpeechEngines([absent]).start())


def test_the_preferred_engine_is_asked_first() -> None:
    assert [each.name for each in make_engines("hibari")] == ["hibari", "espeak-ng"]
    assert [each.name for each in make_engines("espeak-ng")] == ["espeak-ng", "hibari"]
    with pytest.raises(ValueError, match="piper: there are hibari, espeak-ng"):
        make_engines("piper")


def make_plug_in() -> Engine:
    """What an entry point names."""
    return Engine("mine", "en", "de")


def test_a_plug_in_is_found_by_its_entry_point_and_the_built_in_ones_stand_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = EntryPoint("mine", f"{__name__}:make_plug_in", "offhook.synthesizers")

    def entry_points(*, group: str, name: str | None = None) -> EntryPoints:
        return EntryPoints([mine] if group == mine.group and name in (None, mine.name) else [])

    monkeypatch.setattr(engines_module, "entry_points", entry_points)
    monkeypatch.setattr(EntryPoint, "load", lambda self: make_plug_in)

    assert engine_names() == ("hibari", "espeak-ng", "mine")
    assert [each.name for each in make_engines("mine")] == ["mine", "hibari", "espeak-ng"]


def test_the_embedded_voice_speaks_english_alone() -> None:
    engine = HibariSynthesizer.__new__(HibariSynthesizer)

    assert [engine.speaks(each) for each in ("en", "EN-gb", "de", "")] == [True, True, False, False]
