"""The measured tables of docs/speech.md: `python -m tests.speech [words] [answering] [--write-docs]`.

Without a name both, in some ten minutes of one core. Without `--write-docs` they are printed.
"""

import argparse
import sys

from offhook.speech.recognition.whisper_worker import Whisper, model_folder
from tests.speech.answering import SECTION as ANSWERING
from tests.speech.page import PAGE
from tests.speech.word_errors import SECTION as WORDS

SECTIONS = {section.name: section for section in (WORDS, ANSWERING)}


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.speech", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(SECTIONS))
    parser.add_argument("--write-docs", action="store_true", help=f"write {PAGE.name}")
    wanted = parser.parse_args()
    if unknown := set(wanted.tables) - set(SECTIONS):
        parser.error(f"no table {', '.join(unknown)}: there are {', '.join(SECTIONS)}")
    whisper = Whisper(model_folder([]))
    for name in wanted.tables or SECTIONS:
        made = SECTIONS[name].make(whisper)
        if wanted.write_docs:
            PAGE.write_text(SECTIONS[name].written_into(PAGE.read_text(), made))
        else:
            sys.stdout.write(f"{made}\n\n")


if __name__ == "__main__":
    main()
