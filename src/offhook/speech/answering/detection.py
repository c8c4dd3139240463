"""Who answered, from what is heard: three votes, of length, of tones, of words (reference/twiml 13).

    SILENT   -- speech ----------------------------> GREETING
    SILENT   -- nothing for silenceTimeout --------> DONE: unknown
    SILENT   -- a fax's tone ----------------------> DONE: fax
    GREETING -- more speech than speechThreshold,
                words of machines, a beep ---------> DONE: machine_start, or MACHINE (DetectMessageEnd)
    GREETING -- silence of speechEndThreshold -----> DOUBTFUL
    DOUBTFUL -- words of machines -----------------> as above
    DOUBTFUL -- no such words in time, no words ---> DONE: human
    DOUBTFUL -- speech ----------------------------> GREETING
    MACHINE  -- a beep has ended ------------------> DONE: machine_end_beep
    MACHINE  -- silence ---------------------------> DONE: machine_end_silence
    any      -- timeout ---------------------------> DONE: unknown, or of MACHINE machine_end_other

Length is that of the speech: pauses of more than `PAUSE_MS` are none of it, since a person says "Hello?" and
waits, and says it again. Ours: behind a machine's greeting the silence is a second longer than the
speechEndThreshold, for that is where most beeps come. Time is that of the audio. Knows no clock, no call.
"""

from collections.abc import Callable
from enum import auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.model.answered_by import AnsweredBy, DetectionMode, DetectionPlan
from offhook.speech.answering.phrases import is_said_by_machines
from offhook.speech.answering.tone import Tone, ToneEar
from offhook.speech.ports import FRAME_MS
from offhook.speech.recognition.endpointer import Endpointer, EndpointerState, Turn
from offhook.speech.recognition.voice_activity import VoiceActivity

PAUSE_MS: Final = 300
"""A pause in speech that is shorter belongs to it."""
WORDS_MS: Final = 1_000
"""How much longer words are waited for, when length alone says that it is a person."""
BEEP_MS: Final = 160
"""The shortest beep."""
BEEP_HZ: Final = (350.0, 2_200.0)
CALLING_FAX_HZ: Final = 1_100.0
ANSWERING_FAX_HZ: Final = 2_100.0
"""ITU-T T.30: CNG and CED."""
FAX_MS: Final = 360
"""CNG lasts half a second, CED two and a half."""
FAX_DRIFT_HZ: Final = 38.0
BEEP_AFTER_MS: Final = 1_000


class DetectionState(Symbol):
    """How far it is."""

    SILENT = auto()
    GREETING = auto()
    DOUBTFUL = auto()
    MACHINE = auto()
    DONE = auto()


class Detection:
    """One callee. Implements `ports.Detection`."""

    def __init__(self, plan: DetectionPlan, is_voice: Callable[[bytes], bool] | None = None) -> None:
        """is_voice: whether a frame has voice; None is the detector."""
        self._plan = plan
        self._is_voice = is_voice or VoiceActivity().is_voice
        self._speech = Endpointer(plan.speech_end_ms)
        self._tones = ToneEar()
        self._spoken_ms = 0
        self._counted_to_ms = 0
        self._beeping: Tone | None = None
        self._quiet_since_ms = 0
        self._doubtful_since_ms = 0
        self._awaits_words = False
        self.state = DetectionState.SILENT
        self.answered_by: AnsweredBy | None = None
        self.now_ms = 0

    @property
    def wants_sound(self) -> bool:
        """Whether it is not known yet."""
        return self.answered_by is None

    @property
    def wants_words(self) -> bool:
        """Whether words may still change anything."""
        return self.state not in (DetectionState.MACHINE, DetectionState.DONE)

    def hear(self, ulaw: bytes) -> AnsweredBy | None:
        """Take one frame of 20 ms."""
        if self.answered_by is not None:
            return self.answered_by
        self.now_ms += FRAME_MS
        tone = self._tones.hear(ulaw)
        if self._handle_tone(tone):
            return self.answered_by
        # A tone is no speech, though a voice detector may take it for that.
        self._handle_voice(is_voice=tone is None and self._is_voice(ulaw))
        if self.now_ms >= self._plan.timeout_ms and self.wants_sound:
            is_machine = self.state is DetectionState.MACHINE
            self._end(AnsweredBy.MACHINE_END_OTHER if is_machine else AnsweredBy.UNKNOWN)
        return self.answered_by

    def handle_words(self, text: str, *, is_final: bool) -> AnsweredBy | None:
        """What the callee was understood to say."""
        if self.wants_words and is_said_by_machines(text):
            self._find_machine()
        elif is_final and text:
            self._awaits_words = False
        return self.answered_by

    def expect_words(self, *, will_come: bool) -> None:
        """Whether somebody recognises what is said."""
        self._awaits_words = will_come

    def _handle_tone(self, tone: Tone | None) -> bool:
        """Whether there is, or was, a tone that says something."""
        if tone is not None and self._is_fax(tone):
            self._end(AnsweredBy.FAX)
            return True
        if tone is not None and tone.lasts_ms >= BEEP_MS and BEEP_HZ[0] <= tone.hz <= BEEP_HZ[1]:
            self._beeping = tone
            return False
        beep, self._beeping = self._beeping, None
        if beep is None:
            return False
        if self.state is DetectionState.SILENT and self._is_like_fax(beep):
            return False  # a piece of one; the next is whole
        if self._plan.mode is DetectionMode.DETECT_MESSAGE_END:
            self._end(AnsweredBy.MACHINE_END_BEEP)
        else:
            self._end(AnsweredBy.MACHINE_START)
        return True

    def _is_fax(self, tone: Tone) -> bool:
        return tone.lasts_ms >= FAX_MS and self._is_like_fax(tone)

    def _is_like_fax(self, tone: Tone) -> bool:
        """1100 Hz is a fax's where nobody has spoken; behind a greeting it is a beep."""
        is_answering = abs(tone.hz - ANSWERING_FAX_HZ) <= FAX_DRIFT_HZ
        is_calling = abs(tone.hz - CALLING_FAX_HZ) <= FAX_DRIFT_HZ
        return is_answering or (is_calling and self.state is DetectionState.SILENT)

    def _handle_voice(self, *, is_voice: bool) -> None:
        turn = self._speech.hear(is_voice=is_voice)
        self._count()
        match self.state:
            case DetectionState.SILENT:
                if turn is Turn.BEGAN:
                    self.state = DetectionState.GREETING
                elif self.now_ms >= self._plan.silence_ms and self._beeping is None:
                    self._end(AnsweredBy.UNKNOWN)
            case DetectionState.GREETING:
                if self._spoken_ms > self._plan.speech_threshold_ms:
                    self._find_machine()
                elif turn is Turn.ENDED:
                    self.state = DetectionState.DOUBTFUL
                    self._doubtful_since_ms = self.now_ms
                    self._decide()
            case DetectionState.DOUBTFUL:
                if turn is Turn.BEGAN:
                    self.state = DetectionState.GREETING
                else:
                    self._decide()
            case DetectionState.MACHINE:
                self._await_end()

    def _count(self) -> None:
        """Add up the speech, the short pauses in it included."""
        end_ms = self._speech.end_ms
        if self._speech.state is EndpointerState.SPEAKING and end_ms > self._counted_to_ms:
            since = max(self._counted_to_ms, self._speech.start_ms)
            gap_ms = end_ms - since
            self._spoken_ms += gap_ms if gap_ms <= PAUSE_MS + FRAME_MS else FRAME_MS
            self._counted_to_ms = end_ms

    def _decide(self) -> None:
        waited_ms = self.now_ms - self._doubtful_since_ms
        if not self._awaits_words or waited_ms >= WORDS_MS:
            self._end(AnsweredBy.HUMAN)

    def _find_machine(self) -> None:
        if self._plan.mode is DetectionMode.ENABLE:
            self._end(AnsweredBy.MACHINE_START)
        else:
            self.state = DetectionState.MACHINE

    def _await_end(self) -> None:
        quiet_ms = self.now_ms - self._speech.end_ms
        if self._beeping is None and quiet_ms >= self._plan.speech_end_ms + BEEP_AFTER_MS:
            self._end(AnsweredBy.MACHINE_END_SILENCE)

    def _end(self, answered_by: AnsweredBy) -> None:
        self.state, self.answered_by = DetectionState.DONE, answered_by


class EarDetector:
    """Implements `ports.MachineDetector`."""

    def begin(self, plan: DetectionPlan) -> Detection:
        """One callee."""
        return Detection(plan)
