"""The files of recordings: a folder for each account, a WAV file for each recording.

A file is written by the media core under the path given here, and read by the API.
"""

import asyncio
from pathlib import Path
from typing import BinaryIO, Literal

from offhook.model.recording import Recording


class FolderOfRecordings:
    """`ports.RecordingFiles` in a folder of this machine.

    folder: made when the first recording is. Only the owner can look into it: calls are private.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_path(self, recording: Recording) -> Path:
        """Where to write the audio; its folder is there. Raises: OSError."""
        path = self._path(recording)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return path

    async def open(self, recording: Recording) -> BinaryIO | None:
        """The audio, to be closed by whoever asks; None when there is none. Raises: OSError."""
        return await asyncio.to_thread(_open, self._path(recording), "rb")

    async def read(self, recording: Recording, longest: int) -> bytes | None:
        """The file's first so many bytes; None when there is none. Raises: OSError."""
        return await asyncio.to_thread(_read, self._path(recording), longest)

    async def open_to_mend(self, recording: Recording) -> BinaryIO | None:
        """As `open`, and it can be written. Raises: OSError."""
        return await asyncio.to_thread(_open, self._path(recording), "r+b")

    async def remove(self, recording: Recording) -> None:
        """Remove the audio, if there is some. Who reads it reads on. Raises: OSError."""
        await asyncio.to_thread(self._path(recording).unlink, missing_ok=True)

    def _path(self, recording: Recording) -> Path:
        return self._folder / recording.file


def _open(path: Path, mode: Literal["rb", "r+b"]) -> BinaryIO | None:
    try:
        return path.open(mode)
    except FileNotFoundError:
        return None


def _read(path: Path, longest: int) -> bytes | None:
    file = _open(path, "rb")
    if file is None:
        return None
    with file:
        return file.read(longest)
