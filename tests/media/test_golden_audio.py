"""Golden audio through two ports: clip -> G.711 -> RTP -> playout buffer -> WAV.

Tolerance: G.711 alone leaves 37 to 39 dB of signal to noise for a sine at this level (ITU-T G.712
asks for 33); nothing on the way may cost more than that, so the limit is 36 dB.
"""

import asyncio
import math
import struct
import wave
from pathlib import Path

import pytest

from offhook.media.ports import AudioCodec, SrtpKeys
from offhook.media.ports.event import PlaybackEnded, RecordingEnded
from tests.support.media_core import running_core, talking_pair

PEAK = 10_000.0
FRAME = 160
SNR_DB_MIN = 36.0


def sine(hz: float, rate_hz: int, seconds: float) -> list[float]:
    return [PEAK * math.sin(math.tau * hz * n / rate_hz) for n in range(int(rate_hz * seconds))]


def to_bytes(samples: list[float]) -> bytes:
    return struct.pack(f"<{len(samples)}h", *map(round, samples))


def read_wav(path: Path) -> list[int]:
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (1, 2, 8000)
        frames = file.readframes(file.getnframes())
    return [sample for (sample,) in struct.iter_unpack("<h", frames)]


def aligned(samples: list[int], length: int) -> list[int]:
    """The recording from the frame in which sound begins: frames of both ends coincide."""
    first = next(n for n, sample in enumerate(samples) if abs(sample) > 100)
    return samples[first - first % FRAME :][:length]


def snr_db(reference: list[float], heard: list[int]) -> float:
    signal = sum(sample * sample for sample in reference)
    noise = sum((sample - other) ** 2 for sample, other in zip(reference, heard, strict=True))
    return 10 * math.log10(signal / noise)


async def recorded(
    clips: list[bytes], rate_hz: int, codec: AudioCodec, folder: Path, keys: SrtpKeys | None = None
) -> list[int]:
    """What one port records while another plays the clips; with keys, over SRTP.

    A machine that stalls for longer than a tick tears the sound, as it would tear a call's: such a
    run proves nothing and is made again.
    """
    for attempt in range(5):
        path = folder / f"{attempt}.wav"
        with running_core(workers=2) as engine:
            one, one_ear, two, two_ear = talking_pair(engine, codec, keys)
            two.record(path)
            for clip in clips:
                one.play(engine.load_clip(clip, rate_hz))
            one.play(engine.load_clip(bytes(320 * 4), 8000))  # the last frames arrive behind their end
            for _ in range(len(clips) + 1):
                await one_ear.next(PlaybackEnded)
            two.close()
            ended = await two_ear.next(RecordingEnded)
            assert ended.failure is None
            if engine.counters().ticks_skipped == 0:
                assert two.statistics().packets_discarded == 0
                return read_wav(path)
    raise AssertionError("this machine stalled five times")


@pytest.mark.parametrize("codec", list(AudioCodec))
@pytest.mark.parametrize("hz", [300.0, 1004.0, 3000.0])
def test_a_tone_survives_g711_and_the_way(codec: AudioCodec, hz: float, tmp_path: Path) -> None:
    reference = sine(hz, 8000, 0.4)
    heard = aligned(asyncio.run(recorded([to_bytes(reference)], 8000, codec, tmp_path)), len(reference))
    assert snr_db(reference, heard) >= SNR_DB_MIN


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 48_000])
def test_a_tone_of_another_rate_is_the_same_tone(rate_hz: int, tmp_path: Path) -> None:
    source = to_bytes(sine(1004.0, rate_hz, 0.4))
    reference = sine(1004.0, 8000, 0.4)
    heard = aligned(asyncio.run(recorded([source], rate_hz, AudioCodec.PCMU, tmp_path)), len(reference))
    edge = FRAME  # the filter rings where the tone begins and ends
    assert snr_db(reference[edge:-edge], heard[edge:-edge]) >= SNR_DB_MIN


def test_two_clips_join_without_a_gap(tmp_path: Path) -> None:
    """A tone cut in two at a frame and played as two clips is the tone."""

    reference = sine(1004.0, 8000, 0.4)
    halves = [to_bytes(reference[: 10 * FRAME]), to_bytes(reference[10 * FRAME :])]
    heard = aligned(asyncio.run(recorded(halves, 8000, AudioCodec.PCMU, tmp_path)), len(reference))
    assert snr_db(reference, heard) >= SNR_DB_MIN
