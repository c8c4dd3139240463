"""What `offhook doctor` says of the voices."""

import asyncio

import pytest

from offhook.base.clock import SystemClock
from offhook.doctor.finding import Finding, Verdict
from offhook.doctor.voice import examine_voice
from offhook.speech.engines import SpeechEngines
from offhook.speech.espeak import EspeakSynthesizer
from tests.unit.speech.test_engines import Engine


def look(*engines: Engine | EspeakSynthesizer) -> list[Finding]:
    return list(asyncio.run(examine_voice(SpeechEngines(engines), SystemClock())))


def test_a_node_with_both_engines_is_fine() -> None:
    assert [each.verdict for each in look(Engine("english", "en"), Engine("others", "de"))] == [
        Verdict.FINE
    ] * 2


def test_the_package_is_named_where_english_alone_is_spoken() -> None:
    spoken, languages = look(Engine("english", "en"))

    assert spoken.verdict is Verdict.FINE
    assert languages.verdict is Verdict.WARNING
    assert "apt-get install espeak-ng" in languages.remedy


def test_an_engine_that_does_not_start_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    for engine in (Engine("english", "en", starts=False), EspeakSynthesizer()):
        (finding,) = look(engine)
        assert finding.verdict is Verdict.FAULT
        assert "does not speak" in finding.what
