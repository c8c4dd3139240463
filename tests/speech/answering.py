"""The confusion table of answering-machine detection: `python -m tests.speech answering [--write-docs]`.

Each synthesised answer is listened to with the real detector and, for the words, the packaged recogniser, in
the order in which a live call would have them: in each pause of 240 ms and each second of speech the words so
far are recognised, and come 400 ms later.
"""

import sys
from collections import Counter
from typing import Final

from offhook.model.answered_by import AnsweredBy, DetectionMode, DetectionPlan
from offhook.speech.answering.detection import Detection
from offhook.speech.recognition.endpointer import Endpointer, EndpointerState, Turn
from offhook.speech.recognition.frame import Piece
from offhook.speech.recognition.voice_activity import VoiceActivity
from offhook.speech.recognition.whisper_worker import Whisper
from tests.speech.page import Section
from tests.support.answers import MACHINES, PEOPLE, VOICES, Answer, all_answers

LATE_MS: Final = 400
COLUMNS: Final = ("human", "machine_start", "machine_end_beep", "machine_end_silence", "fax", "unknown")


class Words:
    """A recogniser in the time of the audio."""

    def __init__(self, whisper: Whisper, ulaw: bytes) -> None:
        self._whisper = whisper
        self._ulaw = ulaw
        self._voice = VoiceActivity()
        self._endpointer = Endpointer(700)
        self._asked_ms = 0
        self._covered_ms = -1
        self._due: list[tuple[int, str, bool]] = []

    def hear(self, frame: bytes) -> list[tuple[str, bool]]:
        """What is understood by the end of this frame."""
        speech = self._endpointer
        turn = speech.hear(is_voice=self._voice.is_voice(frame))
        is_speaking = speech.state is EndpointerState.SPEAKING
        is_pause = is_speaking and speech.pause_ms >= 240 and speech.end_ms > self._covered_ms
        is_second = is_speaking and speech.now_ms - max(self._asked_ms, speech.start_ms) >= 1_000
        if is_pause or is_second or turn is Turn.ENDED:
            self._asked_ms = speech.now_ms
            self._covered_ms = speech.end_ms
            piece = self._ulaw[max(speech.start_ms - 300, 0) * 8 : speech.now_ms * 8][-14 * 8000 :]
            text = self._whisper.recognise(Piece(piece)).text
            self._due.append((speech.now_ms + LATE_MS, text, turn is Turn.ENDED))
        told = [(text, final) for due, text, final in self._due if due <= speech.now_ms]
        self._due = [each for each in self._due if each[0] > speech.now_ms]
        return told


def verdict(answer: Answer, mode: DetectionMode, whisper: Whisper | None) -> tuple[AnsweredBy, int]:
    """Who is taken to have answered, and after how many ms."""
    detection = Detection(DetectionPlan(mode))
    words = None if whisper is None else Words(whisper, answer.ulaw)
    detection.expect_words(will_come=words is not None)
    for begin in range(0, len(answer.ulaw) - 159, 160):
        frame = answer.ulaw[begin : begin + 160]
        if words is not None and detection.wants_words:
            for text, final in words.hear(frame):
                detection.handle_words(text, is_final=final)
        found = detection.hear(frame)
        if found is not None:
            return found, detection.now_ms
    return AnsweredBy.UNKNOWN, detection.now_ms


def table(answers: list[Answer], mode: DetectionMode, whisper: Whisper | None) -> tuple[list[str], int]:
    """Rows of Markdown, and how many were wrong."""
    counts: dict[str, Counter[str]] = {}
    times: dict[str, list[int]] = {}
    wrong = 0
    for answer in answers:
        found, after_ms = verdict(answer, mode, whisper)
        counts.setdefault(answer.what, Counter())[found.value] += 1
        times.setdefault(answer.what, []).append(after_ms)
        is_right = found in answer.expected or (
            mode is DetectionMode.ENABLE
            and found is AnsweredBy.MACHINE_START
            and any(each.value.startswith("machine") for each in answer.expected)
        )
        wrong += not is_right
        if not is_right:
            sys.stderr.write(f"{mode.value}: {answer.what} {answer.text!r}: {found.value}\n")
    rows = []
    for what, counter in counts.items():
        cells = [str(counter[column] or "") for column in COLUMNS]
        middle = sorted(times[what])[len(times[what]) // 2] / 1000
        rows.append(f"| {what} | {sum(counter.values())} | {' | '.join(cells)} | {middle:.1f} s |")
    return rows, wrong


TITLES: Final = {
    "`Enable`": (DetectionMode.ENABLE, True),
    "`Enable` without a recogniser": (DetectionMode.ENABLE, False),
    "`DetectMessageEnd`": (DetectionMode.DETECT_MESSAGE_END, True),
}
"""A table each: how it is asked, and whether words are recognised."""


def page(whisper: Whisper) -> str:
    """The tables."""
    answers = all_answers()
    lines: list[str] = []
    for title, (mode, hears) in TITLES.items():
        rows, wrong = table(answers, mode, whisper if hears else None)
        lines += [
            f"{title}: {len(answers) - wrong} of {len(answers)} right.",
            "",
            f"| what answers | answers | {' | '.join(COLUMNS)} | median time |",
            f"|---|---|{'---|' * len(COLUMNS)}---|",
            *rows,
            "",
        ]
    return "\n".join(lines)


SECTION: Final = Section("answering", (*PEOPLE, *MACHINES, *VOICES, *TITLES), page)
