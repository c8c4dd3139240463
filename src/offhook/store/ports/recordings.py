"""Recordings: their records, and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from offhook.model.recording import Recording
from offhook.model.transcription import Transcription
from offhook.store.ports.paging import Page, PageRequest
from offhook.store.ports.records import Parts


@dataclass(frozen=True, slots=True)
class RecordingFilter:
    """Which recordings are wanted; None is any. Times are inclusive at `from`, exclusive at `until`."""

    call_sid: str | None = None
    conference_sid: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    deleted_since: datetime | None = None
    """Those that were deleted since then as well; None is those that are there."""


KEPT_DELETED: Final = timedelta(days=40)
"""How long the record of a deleted recording can be had (reference/rest-api 2.6)."""


class Recordings(Protocol):
    """Records of recordings."""

    def post(self, recording: Recording) -> None:
        """Insert or replace a recording in the open batch.

        Raises: StoreBusyError.
        """
        ...

    async def fetch(self, account_sid: str, sid: str) -> Recording | None:
        """One recording, deleted or not."""
        ...

    async def list(self, account_sid: str, wanted: RecordingFilter, page: PageRequest) -> Page[Recording]:
        """Recordings of the account."""
        ...

    async def mark_deleted(self, account_sid: str, sid: str, now: datetime) -> bool:
        """Keep of a finished recording that it was; those that were deleted 40 days ago go for good.

        False when there is none, or when it is still being made.
        """
        ...

    async def left_open(self, limit: int) -> Sequence[Recording]:
        """Recordings of the node that are still being made, the oldest first, at most so many."""
        ...


Transcriptions = Parts[Transcription]
"""What was said in recordings."""


class RecordingFiles(Protocol):
    """The audio of recordings, in files below `data_dir/recordings`."""

    def new_path(self, recording: Recording) -> Path:
        """Where to write the audio; its folder is there. Raises: OSError."""
        ...

    async def open(self, recording: Recording) -> BinaryIO | None:
        """The audio, to be closed by whoever asks; None when there is none. Raises: OSError."""
        ...

    async def read(self, recording: Recording, longest: int) -> bytes | None:
        """The file's first so many bytes; None when there is none. Raises: OSError."""
        ...

    async def open_to_mend(self, recording: Recording) -> BinaryIO | None:
        """As `open`, and it can be written. Raises: OSError."""
        ...

    async def remove(self, recording: Recording) -> None:
        """Remove the audio, if there is some. Who reads it reads on. Raises: OSError."""
        ...
