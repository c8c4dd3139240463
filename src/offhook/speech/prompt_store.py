"""What was spoken once, on disk: the same words are there at once after a restart.

A file is named by the digest of all that makes its sound: engine and version, language, voice, manner, words.
It is written beside and moved into place, so that it is whole or not there; one that is damaged all the same
is a miss, and goes. The files that were not used for longest go first when there is too much.

    magic 4 | rate u32 big-endian | SHA-256 of rate and samples 32 | samples

Used by `speech/engines.py` from threads, one call at a time for each file. What was spoken is what callers
were told, and may be personal: the folder is for its owner alone (0700), as the recordings are.
"""

import contextlib
import os
import struct
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Final

from offhook.speech.ports import SpokenAudio, Utterance

MAGIC: Final = b"OHP1"
HEADER: Final = struct.Struct(">4sI32s")
_NAME_LENGTH: Final = 64
_BEING_WRITTEN: Final = ".part"


class PromptStore:
    """A folder of spoken texts. Safe to use from several threads."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Look through the folder, which is made where there is none.

        limit_bytes: of all files together. Raises: OSError.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._lock = Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._total = 0
        self._serial = count()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, size in _found(folder):
            self._sizes[name] = size
            self._total += size
        self._make_room()

    @property
    def total_bytes(self) -> int:
        """Of what is kept."""
        return self._total

    def __contains__(self, key: str) -> bool:
        return key in self._sizes

    def get(self, key: str) -> SpokenAudio | None:
        """What is kept under a key; None where nothing is, or nothing that can be trusted."""
        with self._lock:
            if key not in self._sizes:
                return None
            self._sizes.move_to_end(key)
        path = self._folder / key
        try:
            audio = _read(path.read_bytes())
            if audio is not None:
                os.utime(path)  # the order after a restart
                return audio
        except OSError:
            audio = None
        self._forget(key)
        return audio

    def put(self, key: str, audio: SpokenAudio) -> None:
        """Keep it; what is longer than the whole store is not kept. Raises: OSError, with nothing kept."""
        content = HEADER.pack(MAGIC, audio.rate_hz, _digest(audio)) + audio.samples
        if len(content) > self._limit_bytes:
            return
        beside = self._folder / f"{key}.{next(self._serial)}{_BEING_WRITTEN}"
        try:
            beside.write_bytes(content)
            beside.replace(self._folder / key)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
        with self._lock:
            self._total += len(content) - self._sizes.pop(key, 0)
            self._sizes[key] = len(content)
            self._make_room()

    def _make_room(self) -> None:
        while self._total > self._limit_bytes:
            name, size = self._sizes.popitem(last=False)
            self._total -= size
            with contextlib.suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._total -= self._sizes.pop(key, 0)
        with contextlib.suppress(OSError):
            (self._folder / key).unlink(missing_ok=True)


def prompt_key(utterance: Utterance, engine: str) -> str:
    """Of all that makes the sound. engine: its name and version."""
    manner = (utterance.rate, utterance.gain_db, utterance.pitch, utterance.trims_start, utterance.trims_end)
    parts = (engine, utterance.language, utterance.voice, *map(repr, manner), utterance.text)
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _found(folder: Path) -> Iterable[tuple[str, int]]:
    """Our files, those unused for longest first; what a crash left half written goes."""
    files: list[tuple[float, str, int]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_BEING_WRITTEN):
                with contextlib.suppress(OSError):
                    (folder / entry.name).unlink()
            elif len(entry.name) == _NAME_LENGTH and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                files.append((status.st_mtime, entry.name, status.st_size))
    return [(name, size) for _, name, size in sorted(files)]


def _read(content: bytes) -> SpokenAudio | None:
    if len(content) < HEADER.size:
        return None
    magic, rate_hz, digest = HEADER.unpack_from(content)
    audio = SpokenAudio(content[HEADER.size :], rate_hz)
    return audio if magic == MAGIC and _digest(audio) == digest else None


def _digest(audio: SpokenAudio) -> bytes:
    digest = sha256(audio.rate_hz.to_bytes(4, "big"))
    digest.update(audio.samples)
    return digest.digest()
