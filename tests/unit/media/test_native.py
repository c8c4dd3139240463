"""The Python face over the real core: commands, events on the loop, errors."""

import asyncio
import gc
import os
import socket
import struct
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import structlog.testing

from offhook.base.errors import UsageError
from offhook.media import ports
from offhook.media.native import NativeMediaEngine
from offhook.media.ports import MediaBusyError
from offhook.media.ports.engine import MediaEngine, NoFreePortError
from offhook.media.ports.event import (
    DigitReceived,
    DigitsSent,
    MediaEvent,
    MediaFailed,
    MediaTimedOut,
    PlaybackEnded,
    RecordingEnded,
)
from offhook.media.settings import Settings
from tests.support.media_core import SECOND, Ear, new_keys, plan_to, running_core, talking_pair


def test_it_implements_the_ports() -> None:
    async def run() -> None:
        with running_core() as engine:
            face: MediaEngine = engine
            port: ports.MediaPort = face.open_port(Ear())
            clip: ports.Clip = face.load_clip(SECOND, 8000)
            assert port.rtp_port % 2 == 0
            assert clip.duration_ms == 1000

    asyncio.run(run())


def test_what_is_pressed_on_one_port_is_heard_on_the_other() -> None:
    async def run() -> None:
        with running_core(workers=2) as engine:
            one, one_ear, two, two_ear = talking_pair(engine)
            playback_id = one.send_digits("1*D#")
            digits = [await two_ear.next(DigitReceived) for _ in range(4)]
            assert "".join(event.digit for event in digits) == "1*D#"
            assert {event.port_id for event in digits} == {two.port_id}
            assert await one_ear.next(DigitsSent) == DigitsSent(one.port_id, playback_id)
            assert two.statistics().packets_received > 0
            assert one.statistics().packets_sent >= two.statistics().packets_received

    asyncio.run(run())


def test_statistics_tell_what_the_peer_reported_and_how_it_is_heard() -> None:
    async def run() -> None:
        with running_core() as engine, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            peer.settimeout(10.0)
            ear = Ear()
            port = engine.open_port(ear)
            port.apply(plan_to(peer.getsockname()[1]))
            before = port.statistics()
            assert before.remote_packets_lost is None
            assert before.remote_jitter_ms is None
            assert before.mos is None
            ours = peer.recv(2000)[8:12]
            # RFC 3550 6.4.2: a receiver report with one block, 7 lost of 2 %, jitter of 10 ms
            block = struct.pack(">4sB3sIIII", ours, 5, (7).to_bytes(3, "big"), 300, 80, 0, 0)
            peer.sendto(struct.pack(">BBHI", 0x81, 201, 7, 1) + block, ("127.0.0.1", port.rtp_port + 1))
            speech = struct.pack(">BBHII", 0x80, 0, 1, 0, 1) + bytes([0xFF] * 160)
            peer.sendto(speech, ("127.0.0.1", port.rtp_port))
            frame = engine.load_clip(bytes(320), 8000)
            told = before
            async with asyncio.timeout(10.0):
                while told.remote_packets_lost is None or told.mos is None:
                    port.play(frame)  # its end is a tick of the port
                    await ear.next(PlaybackEnded)
                    told = port.statistics()
            assert (told.remote_packets_lost, told.remote_jitter_ms, told.round_trip_ms) == (7, 10.0, None)
            assert told.mos == pytest.approx(4.37, abs=0.01)

    asyncio.run(run())


def test_a_bridge_passes_keys_on_under_the_other_plans_payload_type() -> None:
    async def run() -> None:
        with running_core(workers=3) as engine:
            caller_ear, one_ear, two_ear, callee_ear = Ear(), Ear(), Ear(), Ear()
            caller, one = engine.open_port(caller_ear), engine.open_port(one_ear)
            two, callee = engine.open_port(two_ear), engine.open_port(callee_ear)
            caller.apply(plan_to(one.rtp_port))
            one.apply(plan_to(caller.rtp_port))
            two.apply(plan_to(callee.rtp_port, telephone_event=96))
            callee.apply(plan_to(two.rtp_port, telephone_event=96))
            one.join(two)
            caller.send_digits("12#")
            for ear, port in ((one_ear, one), (callee_ear, callee)):
                digits = [await ear.next(DigitReceived) for _ in range(3)]
                assert "".join(event.digit for event in digits) == "12#"
                assert {event.port_id for event in digits} == {port.port_id}
            await caller_ear.next(DigitsSent)
            one.unjoin()
            caller.send_digits("9")
            assert (await one_ear.next(DigitReceived)).digit == "9"
            await caller_ear.next(DigitsSent)
            two.send_digits("8")
            assert (await callee_ear.next(DigitReceived)).digit == "8", "9 went no further"

    asyncio.run(run())


def test_a_port_is_joined_to_another_open_port_of_the_core() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, two = engine.open_port(Ear()), engine.open_port(Ear())
            with pytest.raises(ValueError, match="another"):
                one.join(one)
            with pytest.raises(UsageError, match="same media core"):
                one.join(cast("ports.MediaPort", object()))
            one.join(two)
            two.close()
            two.unjoin()
            with pytest.raises(UsageError, match="closed"):
                one.join(two)
            with pytest.raises(UsageError, match="closed"):
                two.join(one)
            with running_core() as other_engine, pytest.raises(ValueError, match="two media engines"):
                one.join(other_engine.open_port(Ear()))

    asyncio.run(run())


def test_playbacks_end_in_their_order() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, _, _ = talking_pair(engine)
            clip = engine.load_clip(bytes(16 * 40), 8000)
            first, second = one.play(clip), one.play(clip)
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, first, finished=True)
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, second, finished=True)
            third = one.play(engine.load_clip(SECOND, 8000))
            one.stop_playing()
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, third, finished=False)

    asyncio.run(run())


def test_closing_the_engine_delivers_what_is_queued(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            ear = Ear()
            port = engine.open_port(ear)
            port.record(tmp_path / "call.wav")
            port.play(engine.load_clip(SECOND, 8000))
            engine.close()
            engine.close()
            assert [type(event) for event in ear.heard] == [PlaybackEnded, RecordingEnded]
            with pytest.raises(UsageError, match="closed"):
                engine.open_port(ear)

    asyncio.run(run())


def test_silence_of_the_peer_is_told_once_and_never_to_one_who_only_talks_or_is_held() -> None:
    async def run() -> None:
        with running_core(media_timeout_s=0.4) as engine:
            ear, talker_ear, held_ear = Ear(), Ear(), Ear()
            talker, port = engine.open_port(talker_ear), engine.open_port(ear)
            engine.open_port(held_ear).apply(replace(plan_to(talker.rtp_port), sends=False))
            talker.apply(replace(plan_to(port.rtp_port), receives=False))
            port.apply(plan_to(talker.rtp_port))
            clip = engine.load_clip(bytes(16 * 600), 8000)
            talker.play(clip)
            await talker_ear.next(PlaybackEnded)
            assert ear.heard == []
            talker.close()
            silent = await ear.next(MediaTimedOut)
            assert silent.port_id == port.port_id
            assert silent.silent_ms >= 400
            assert talker_ear.heard == held_ear.heard == []

    asyncio.run(run())


def test_what_a_receiver_raises_stops_no_other_event() -> None:
    async def run() -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

        def broken(event: MediaEvent) -> None:
            raise RuntimeError(f"cannot take {event}")

        with running_core() as engine:
            ear = Ear()
            bad, good = engine.open_port(broken), engine.open_port(ear)
            for port in (bad, good, bad, good):
                port.play(engine.load_clip(SECOND, 8000))
            bad.close()
            good.close()
            await ear.next(PlaybackEnded)
            await ear.next(PlaybackEnded)
        assert [type(context["exception"]) for context in complaints] == [RuntimeError, RuntimeError]

    asyncio.run(run())


def test_a_port_that_is_over_is_forgotten() -> None:
    async def run() -> None:
        with running_core() as engine:
            ear = Ear()
            forgotten = weakref.ref(ear)
            port = engine.open_port(ear)
            port.play(engine.load_clip(SECOND, 8000))
            port.close()
            await ear.next(PlaybackEnded)
            del port, ear
            await asyncio.sleep(0)  # the delivery that is running holds the port
            gc.collect()
            assert forgotten() is None

    asyncio.run(run())


def test_after_close_a_port_takes_no_orders(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(Ear())
            recording_id = port.record(tmp_path / "call.wav")
            port.close()
            port.stop_playing()
            port.stop_recording(recording_id)
            assert port.statistics().packets_sent == 0
            for order in (
                lambda: port.apply(plan_to(4000)),
                lambda: port.play(engine.load_clip(SECOND, 8000)),
                lambda: port.send_digits("1"),
                lambda: port.record(Path("never.wav")),
            ):
                with pytest.raises(UsageError, match="closed"):
                    order()

    asyncio.run(run())


def test_the_playout_queue_is_bounded() -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(Ear())
            clip = engine.load_clip(SECOND, 8000)
            for _ in range(64):
                port.play(clip)
            with pytest.raises(MediaBusyError, match="64"):
                port.play(clip)
            with pytest.raises(MediaBusyError, match="64"):
                port.send_digits("1")

    asyncio.run(run())


@pytest.mark.parametrize("digits", ["x", "1 2", "a", "1" * 65, "٣"])
def test_what_is_no_digit_is_refused(digits: str) -> None:
    async def run() -> None:
        with running_core() as engine, pytest.raises(ValueError, match=r"digits|none of"):
            engine.open_port(Ear()).send_digits(digits)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"remote_host": "example.org"}, "no IPv4 address"),
        ({"remote_host": "::1"}, "no IPv4 address"),
        ({"remote_port": 0}, "1 to 65535"),
        ({"payload_type": 128}, "0 to 127"),
        ({"remote_port": 65_536}, "1 to 65535"),
        ({"remote_rtcp_port": 0}, "1 to 65535"),
        ({"telephone_event": 300}, "0 to 127"),
        ({"codec": "opus"}, "no codec"),
        ({"receive": ((0, "G729"),)}, "no codec"),
    ],
)
def test_an_impossible_plan_is_refused(change: dict[str, Any], complaint: str) -> None:
    async def run() -> None:
        with running_core() as engine, pytest.raises(ValueError, match=complaint):
            engine.open_port(Ear()).apply(replace(plan_to(4000), **change))

    asyncio.run(run())


def test_a_plan_at_the_last_port_has_no_rtcp_and_works() -> None:
    async def run() -> None:
        with running_core() as engine:
            ear = Ear()
            port = engine.open_port(ear)
            port.apply(plan_to(65_535))
            port.play(engine.load_clip(bytes(320), 8000))
            assert (await ear.next(PlaybackEnded)).finished

    asyncio.run(run())


def test_a_file_that_exists_is_an_error_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(Ear())
            (tmp_path / "mine.wav").write_bytes(b"mine")
            with pytest.raises(FileExistsError) as refused:
                port.record(tmp_path / "mine.wav")
            assert refused.value.filename == str(tmp_path / "mine.wav")
            with pytest.raises(FileNotFoundError):
                port.record(tmp_path / "no" / "folder.wav")
            assert (tmp_path / "mine.wav").read_bytes() == b"mine"

    asyncio.run(run())


def test_an_exhausted_range_says_so() -> None:
    async def run() -> None:
        low = 28_000 + os.getpid() % 1000 * 2  # below the ephemeral ports
        engine = NativeMediaEngine(Settings(ports_low=low, ports_high=low + 1))
        try:
            was_full = engine.is_full
            assert engine.open_port(Ear()).rtp_port == low
            assert (was_full, engine.is_full) == (False, True)
            with structlog.testing.capture_logs() as logs:
                for _ in range(3):
                    with pytest.raises(NoFreePortError, match=f"in use.*media_ports {low}-{low + 1}: 1 legs"):
                        engine.open_port(Ear())
            assert [(each["event"], each["log_level"]) for each in logs] == [
                ("media.no_free_port", "warning")
            ]
        finally:
            engine.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "settings",
    [Settings(workers=0), Settings(ports_low=11, ports_high=12), Settings(media_timeout_s=0.0)],
)
def test_settings_that_make_no_engine_are_refused(settings: Settings) -> None:
    async def run() -> None:
        with pytest.raises(ValueError, match=r"worker|range|timeout"):
            NativeMediaEngine(settings)

    asyncio.run(run())


def test_a_defect_of_the_core_is_logged_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class CoreMediaFailed:
        """What the core tells after a panic; it cannot be made to panic from here."""

        port_id: int
        reason: str

    async def run() -> None:
        with running_core() as engine:
            ear = Ear()
            port = engine.open_port(ear)
            monkeypatch.setattr("offhook._media.MediaFailed", CoreMediaFailed)
            engine._pending.append(cast(Any, CoreMediaFailed(port.port_id, "a defect")))
            with structlog.testing.capture_logs() as logs:
                engine._deliver()
            assert ear.heard == [MediaFailed(port.port_id, "a defect")]
            told = {"event": "media.failed", "log_level": "error", "reason": "a defect"}
            assert logs == [told | {"port_id": port.port_id}]

    asyncio.run(run())


def test_the_engine_counts_its_ticks() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, _, _ = talking_pair(engine)
            one.play(engine.load_clip(bytes(16 * 60), 8000))
            await ear.next(PlaybackEnded)
            counters = engine.counters()
            assert counters.ticks >= 3
            assert (counters.events_dropped, counters.samples_dropped, counters.sends_failed) == (0, 0, 0)

    asyncio.run(run())


def test_keys_of_the_wrong_kind_are_refused_and_never_printed() -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(Ear())
            good = new_keys()
            short = replace(good, remote=replace(good.remote, key_and_salt=bytes(29)))
            with pytest.raises(ValueError, match="have 30 bytes, not 29"):
                port.secure(short)
            other = replace(good, local=replace(good.local, suite=cast(Any, "AEAD_AES_128_GCM")))
            with pytest.raises(ValueError, match='no crypto suite "AEAD_AES_128_GCM"'):
                port.secure(other)
            assert repr(good.local.key_and_salt) not in repr(good)
            port.secure(good)
            port.secure(None)
            port.close()
            with pytest.raises(UsageError, match="closed"):
                port.secure(good)

    asyncio.run(run())
