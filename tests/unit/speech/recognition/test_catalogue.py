"""Which recogniser a name gives, and what is said of one that cannot be had."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from offhook.speech.recognition import catalogue
from offhook.speech.recognition.catalogue import (
    GROUP,
    MISSING,
    ProviderSettings,
    UnknownRecognizerError,
    open_recognizer,
)
from offhook.speech.recognition.deaf import OFF, DeafRecognizer
from offhook.speech.recognition.whisper import WhisperRecognizer

NONE = ProviderSettings()


class Brought(DeafRecognizer):
    """An engine that a package brings."""

    name = "brought"


def make(settings: ProviderSettings) -> Brought:
    if settings.url is None:
        raise ValueError("asr_url is missing")
    return Brought(settings.url)


def bring(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    points = EntryPoints((EntryPoint("brought", value, GROUP),))
    monkeypatch.setattr(catalogue, "entry_points", lambda group: points.select(group=group))


def test_off_is_a_recogniser_that_hears_nothing() -> None:
    recognizer = open_recognizer(None, NONE)
    assert isinstance(recognizer, DeafRecognizer)
    assert recognizer.why == OFF


def test_the_embedded_engine_is_whisper() -> None:
    assert isinstance(open_recognizer("whisper", NONE), WhisperRecognizer)


def test_without_its_packages_it_says_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[[str], object] = lambda package: None  # noqa: E731
    monkeypatch.setattr(catalogue, "find_spec", find)
    recognizer = open_recognizer("whisper", NONE)
    assert isinstance(recognizer, DeafRecognizer)
    assert recognizer.why == MISSING


def test_a_model_of_ones_own_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownRecognizerError, match=r"asr_model: there is no model\.bin in"):
        open_recognizer("whisper", ProviderSettings(model=str(tmp_path)))
    (tmp_path / "model.bin").touch()
    assert isinstance(open_recognizer("whisper", ProviderSettings(model=str(tmp_path))), WhisperRecognizer)


def test_a_package_brings_an_engine_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    bring(monkeypatch, f"{__name__}:make")
    monkeypatch.setattr(EntryPoint, "load", lambda self: make)
    assert open_recognizer("brought", ProviderSettings(url="wss://asr.test")).name == "brought"
    with pytest.raises(UnknownRecognizerError, match="'brought' cannot be made: asr_url is missing"):
        open_recognizer("brought", NONE)


def test_an_engine_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    bring(monkeypatch, "offhook_no_such_package:make")
    with pytest.raises(UnknownRecognizerError, match="'brought' cannot be loaded: No module named"):
        open_recognizer("brought", NONE)


def test_a_name_that_nobody_has_is_answered_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring(monkeypatch, "a:b")
    with pytest.raises(UnknownRecognizerError, match=r"no recogniser 'google'; there are brought, .*whisper"):
        open_recognizer("google", NONE)
