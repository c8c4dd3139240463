"""A word with the sounds that it is to be spoken with, inside a text: a `phoneme` on its way to an engine.

    "I say " + pronounced("tomato", "təˈmɑːtoʊ") + "."     plain(…) is the text as it is read

The marks are of Unicode's private use area, which no text of ours keeps; nothing that cuts texts at spaces or
sentences cuts inside. An engine that can speak sounds takes them with `rewritten`; for any other the word
alone is spoken. Used by `twiml/` and `speech/`.
"""

import re
from collections.abc import Callable
from typing import Final

_BEGIN, _SOUNDS, _END, _SPACE = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKED: Final = re.compile(
    f"{_BEGIN}([^{_BEGIN}{_SOUNDS}{_END}]*){_SOUNDS}([^{_BEGIN}{_SOUNDS}{_END}]*){_END}"
)
_MARKS: Final = re.compile(f"[{_BEGIN}-{_SPACE}]")
_SENTENCE_ENDS: Final = re.compile(r"[.!?…]+(?=\s|\Z)")


def pronounced(word: str, ipa: str) -> str:
    """A word with its sounds in the International Phonetic Alphabet."""
    word = _SENTENCE_ENDS.sub("", without_marks(word))
    return f"{_BEGIN}{_kept_together(word)}{_SOUNDS}{_kept_together(without_marks(ipa))}{_END}"


def is_pronounced(text: str) -> bool:
    """Whether any word of it has its sounds with it."""
    return _BEGIN in text


def rewritten(text: str, write: Callable[[str, str], str], around: Callable[[str], str] = str) -> str:
    """The text with each such word written anew. write: takes the word and its sounds. around: all else."""
    said: list[str] = []
    at = 0
    for found in _MARKED.finditer(text):
        said.append(around(without_marks(text[at : found.start()])))
        said.append(write(*(each.replace(_SPACE, " ") for each in found.groups())))
        at = found.end()
    return "".join([*said, around(without_marks(text[at:]))])


def plain(text: str) -> str:
    """The text with the words alone."""
    return rewritten(text, lambda word, _: word) if is_pronounced(text) else text


def without_marks(text: str) -> str:
    """A text of others in which nothing stands for a mark."""
    return _MARKS.sub(" ", text)


def _kept_together(text: str) -> str:
    return _SPACE.join(text.split())
