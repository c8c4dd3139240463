"""Speech in another voice than the node has: espeak-ng, which `make test` installs."""

import subprocess

VOICE = "en-us"
WORDS_A_MINUTE = 150


def another_voice(text: str, voice: str = VOICE) -> bytes:
    """A WAV file of a text; 22,050 Hz."""
    command = ["espeak-ng", "-v", voice, "-s", str(WORDS_A_MINUTE), "--stdout", text]
    return subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
