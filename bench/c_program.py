"""The drivers in C: built with the machine's compiler, once for each text of a source."""

import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

from bench.row import BenchError

SOURCES: Final = Path(__file__).with_name("drivers")
BUILT: Final = Path(__file__).with_name(".build")


def c_program(name: str, *libraries: str) -> Path:
    """The executable of `drivers/NAME.c`, linked with `-l` each library; made anew when any source changes.

    Raises: BenchError with the compiler's words.
    """
    source = SOURCES / f"{name}.c"
    texts = b"".join(each.read_bytes() for each in sorted(SOURCES.glob("*.[ch]")))
    program = BUILT / f"{name}-{sha256(texts).hexdigest()[:16]}"
    if program.exists():
        return program
    BUILT.mkdir(exist_ok=True)
    command = ["cc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(source)]
    command += [f"-l{library}" for library in libraries]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise BenchError("there is no C compiler; `make build` installs one") from error
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{' '.join(command)}:\n{error.stderr}") from error
    return program
