"""What a program prints, read as it comes: a pipe that nobody reads would stop the program."""

import subprocess
from queue import Empty, Queue
from threading import Thread
from typing import Final

LIMIT_S: Final = 20.0


class Printed:
    """The standard output of a running program."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._coming: Queue[str] = Queue()
        self._lines: list[str] = []
        self._reader = Thread(target=self._read)
        self._reader.start()

    def wait_for(self, words: str) -> str:
        """The next line that has these words.

        Raises: AssertionError when the program ends, or prints nothing more for 20 s.
        """
        while True:
            try:
                line = self._coming.get(timeout=LIMIT_S)
            except Empty:
                line = ""
            assert line, f"nobody printed {words!r}, but:\n{''.join(self._lines[-40:])}"
            if words in line:
                return line

    def text(self) -> str:
        """All that it printed so far."""
        return "".join(self._lines)

    def close(self) -> None:
        """Take the rest of a program that has ended."""
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            self._coming.put(line)
        self._coming.put("")
