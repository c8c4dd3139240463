"""WAV files as recordings are: whole, cut off, and not WAV at all."""

import io
import struct
import wave
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.recording.wav import CHUNK_BYTES, WavAudio, WavError, mixed, pieces, read_wav, wav_header


def wav(samples: bytes, *, channels: int = 1, rate_hz: int = 8000) -> bytes:
    """As the standard library writes it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(samples)
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 2])
def test_a_whole_file_is_read(channels: int) -> None:
    samples = bytes(range(200)) * 4
    file = io.BytesIO(wav(samples, channels=channels, rate_hz=16_000))
    audio = read_wav(file)
    assert audio == WavAudio(16_000, channels, 44, 800)
    assert b"".join(pieces(file, audio, is_mixed=False)) == samples


@pytest.mark.parametrize("channels", [1, 2])
def test_our_header_is_that_of_the_standard_library(channels: int) -> None:
    assert wav_header(8000, channels, 400) == wav(bytes(400), channels=channels)[:44]


def test_more_than_the_header_can_tell_is_told_as_much_as_it_can() -> None:
    assert struct.unpack_from("<I", wav_header(8000, 2, 2**33), 40) == (0xFFFFFFFF,)


@pytest.mark.parametrize(
    ("told", "there", "taken"),
    [(0, 800, 800), (0xFFFFFFFF, 800, 800), (1000, 800, 800), (600, 800, 600), (0, 801, 800), (0, 0, 0)],
    ids=["nothing told", "endless", "cut off", "behind by some", "half a sample", "empty"],
)
def test_what_a_crash_left_is_read_as_far_as_it_goes(told: int, there: int, taken: int) -> None:
    left = bytearray(wav_header(8000, 1, 0) + bytes(there))
    struct.pack_into("<I", left, 40, told)
    assert read_wav(io.BytesIO(bytes(left))).data_bytes == taken


def test_other_chunks_are_passed_over() -> None:
    plain = wav(b"abcd")
    listed = plain[:36] + struct.pack("<4sI", b"LIST", 3) + b"xyz\0" + plain[36:]
    file = io.BytesIO(listed)
    assert b"".join(pieces(file, read_wav(file), is_mixed=False)) == b"abcd"


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"RIFF",
        b"OggS" + bytes(60),
        wav(b"abcd")[:36],
        wav(b"abcd")[:20],
        wav(b"abcd")[:12] + b"data" + bytes(8),
        wav(b"abcd").replace(b"fmt \x10", b"fmt \x08"),
        wav(b"abcd")[:12] + (struct.pack("<4sI", b"junk", 0) * 100) + wav(b"abcd")[12:],
        wav(b"abcd")[:20] + b"\x07\x00" + wav(b"abcd")[22:],
        wav(b"abcd", rate_hz=4000),
        wav(bytes(12), channels=3),
    ],
)
def test_what_is_no_recording_is_refused(bad: bytes) -> None:
    with pytest.raises(WavError):
        read_wav(io.BytesIO(bad))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for data in (noise, b"RIFF" + noise, wav(b"")[:12] + noise, wav(b"")[:36] + noise):
        try:
            audio = read_wav(io.BytesIO(data))
        except WavError:
            continue
        assert audio.start + audio.data_bytes <= len(data)


def test_two_channels_are_added_and_never_wrap() -> None:
    left = array("h", [0, 100, -100, 32767, -32768, 20000, -20000])
    right = array("h", [0, 23, -23, 1, -1, 20000, -20000])
    stereo = array("h", [sample for pair in zip(left, right, strict=True) for sample in pair])
    assert array("h", mixed(stereo.tobytes())).tolist() == [0, 123, -123, 32767, -32768, 32767, -32768]


def test_a_long_file_is_mixed_piece_by_piece() -> None:
    frames = CHUNK_BYTES  # Twice as much in two channels of two bytes.
    file = io.BytesIO(wav(array("h", [1, 2] * frames).tobytes(), channels=2))
    made = list(pieces(file, read_wav(file), is_mixed=True))
    assert len(made) > 1
    assert array("h", b"".join(made)) == array("h", [3] * frames)


def test_a_file_that_shrinks_meanwhile_is_an_error() -> None:
    file = io.BytesIO(wav(bytes(400)))
    audio = read_wav(file)
    file.truncate(100)
    with pytest.raises(WavError):
        list(pieces(file, audio, is_mixed=False))
