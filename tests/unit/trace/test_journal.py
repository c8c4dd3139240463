"""Traces on disk: what is there after a restart, what makes room, and what a crash or a disk spoils."""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.trace.book import TraceBook
from offhook.trace.journal import FILES, WAITING_MAX, Settings, TraceJournal
from offhook.trace.ports import Happening, Kind, Trace
from offhook.trace.record import Closed, Happened, pack, records, unpack
from tests.unit.trace.messages import (
    ACCOUNT,
    BORN,
    BYE,
    CALL,
    CHILD,
    INVITE,
    HandClock,
    Traced,
    message,
    open_book,
)

MB = 1024 * 1024
LOGIN = 'Authorization: Digest username="a", response="0123456789abcdef"'
OTHER_INVITE = "INVITE sip:other@192.0.2.1 SIP/2.0"


def kept(folder: Path, limit_bytes: int = MB, limit_s: float = 1e9) -> Settings:
    return Settings(folder / "traces", limit_bytes, limit_s)


def drive(settings: Settings, script: Callable[[TraceJournal], Awaitable[None]]) -> None:
    async def run() -> None:
        journal = TraceJournal(settings, HandClock())
        journal.start()
        try:
            await script(journal)
        finally:
            await journal.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


async def write_a_call(journal: TraceJournal) -> TraceBook:
    """One that came, made another, and ended."""
    book = open_book(HandClock(), journal=journal)
    book.handle_message(Traced(message("SIP/2.0 200 OK"), is_ours=True, at_s=101.0))
    book.add(CALL, Kind.VERB, "Dial", (("line", 1), ("url", "http://me:secret@app.test/"), ("none", None)))
    book.open(CHILD, ACCOUNT, CALL, BORN)
    book.handle_message(Traced(message(BYE, more=LOGIN), at_s=103.0))
    book.close(CALL)
    await journal.flush()
    return book


def seen(trace: Trace | None) -> list[tuple[float, str]]:
    assert trace is not None
    return [
        (each.at_s, each.text if isinstance(each, Happening) else each.data.decode().split("\r\n")[0])
        for each in trace.entries
    ]


def test_a_trace_is_there_after_a_restart_as_it_was(tmp_path: Path) -> None:
    before: list[Trace | None] = []

    async def first(journal: TraceJournal) -> None:
        before.append((await write_a_call(journal)).trace(CALL))

    async def second(journal: TraceJournal) -> None:
        book = TraceBook(HandClock(), 10, journal)
        assert book.trace(CALL) is None
        found, (known,) = await book.find(CALL), before
        assert found is not None
        assert known is not None
        assert seen(found) == seen(known)
        assert replace(found, entries=()) == replace(known, entries=())
        assert found.children == (CHILD,)
        assert await book.find("CA" + "9" * 32) is None

    drive(kept(tmp_path), first)
    drive(kept(tmp_path), second)


def test_no_secret_gets_to_the_disk_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    async def script(journal: TraceJournal) -> None:
        await write_a_call(journal)

    drive(kept(tmp_path), script)
    (file,) = (tmp_path / "traces").iterdir()
    data = file.read_bytes()
    assert b"0123456789abcdef" not in data
    assert b"secret" not in data
    assert b"username" in data
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_batch_is_written_without_being_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = asyncio.Event()

    async def script(journal: TraceJournal) -> None:
        flush = journal.flush

        async def flush_and_tell() -> None:
            await flush()
            written.set()

        monkeypatch.setattr(journal, "flush", flush_and_tell)
        open_book(HandClock(), journal=journal)
        await written.wait()
        assert seen(await asyncio.to_thread(journal.read, CALL)) == [(99.9, INVITE)]

    drive(kept(tmp_path), script)


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    async def script(journal: TraceJournal) -> None:
        await write_a_call(journal)

    async def again(journal: TraceJournal) -> None:
        assert seen(await journal.find(CALL))[-1] == (101.0, "SIP/2.0 200 OK")
        await write_a_call(journal)  # into another file
        assert len(list((tmp_path / "traces").iterdir())) == 2

    drive(kept(tmp_path), script)
    (file,) = (tmp_path / "traces").iterdir()
    data = file.read_bytes()
    file.write_bytes(data[: data.index(BYE.encode()) + 10])
    drive(kept(tmp_path), again)


def test_a_call_id_that_is_used_again_shows_nothing_of_the_other_call(tmp_path: Path) -> None:
    async def script(journal: TraceJournal) -> None:
        await write_a_call(journal)

    async def other(journal: TraceJournal) -> None:
        book = TraceBook(HandClock(500.0, BORN + timedelta(hours=1)), 10, journal)
        book.handle_message(Traced(message(OTHER_INVITE), at_s=500.0))
        book.open(CHILD, "AC" + "2" * 32, None, BORN)
        book.claim(CHILD, "a")
        assert len(seen(await journal.find(CALL))) == 4
        assert [text for at_s, text in seen(await journal.find(CHILD)) if at_s == 500.0] == [OTHER_INVITE]

    drive(kept(tmp_path), script)
    drive(kept(tmp_path), other)


def test_the_oldest_files_make_room(tmp_path: Path) -> None:
    limit = 64 * 1024

    async def script(journal: TraceJournal) -> None:
        for number in range(40):
            happening = Happening(float(number), Kind.VERB, "x" * 4_000)
            journal.put(Happened(f"CA{number:032d}", happening))
            await journal.flush()

    drive(kept(tmp_path, limit), script)
    files = sorted((tmp_path / "traces").iterdir())
    assert sum(file.stat().st_size for file in files) <= limit
    assert len(files) >= FILES - 1
    (first,) = unpack(next(records(files[0].read_bytes())))
    assert isinstance(first, Happened)
    assert first.happening.at_s > 20


def test_files_that_nobody_has_written_to_for_too_long_are_deleted(tmp_path: Path) -> None:
    async def script(journal: TraceJournal) -> None:
        await write_a_call(journal)

    drive(kept(tmp_path), script)
    (old,) = (tmp_path / "traces").iterdir()
    os.utime(old, (BORN.timestamp() - 90_000, BORN.timestamp() - 90_000))
    drive(kept(tmp_path, limit_s=86_400), script)
    (left,) = (tmp_path / "traces").iterdir()
    assert left.stat().st_mtime > BORN.timestamp() - 86_400


def test_a_disk_that_fails_loses_traces_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.write_text("in the way")

    async def script(journal: TraceJournal) -> None:
        book = await write_a_call(journal)
        assert book.trace(CALL) is not None
        assert journal.left_out > 0
        folder.unlink()
        await write_a_call(journal)
        assert len(seen(await journal.find(CALL))) == 4

    drive(kept(tmp_path), script)


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    async def script(journal: TraceJournal) -> None:
        for _ in range(WAITING_MAX + 5):
            journal.put(Closed(CALL, 0))
        assert journal.left_out == 5

    drive(kept(tmp_path), script)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_records_or_none(data: bytes) -> None:
    for record in records(data):
        try:
            list(unpack(record))
        except ValueError:
            continue


@given(
    text=st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), max_size=50),
    value=st.one_of(st.none(), st.integers(-(2**40), 2**40), st.just("x")),
)
def test_a_happening_is_read_as_it_was_written(text: str, value: str | int | None) -> None:
    entry = Happened(CALL, Happening(1.5, Kind.NOTE, text, (("name", value),)))
    (record,) = records(pack([entry]))
    assert list(unpack(record)) == [entry]


@pytest.mark.parametrize(
    "body",
    [b"", b"7", b"[1,2]", b"[[1,2]]", b'[["CA",1,"nothing","x",[]]]', b'[["CA",1,"verb","x",7]]', b"\xff"],
)
def test_a_record_that_tells_nothing_is_an_error_of_values(body: bytes) -> None:
    (record,) = records(pack([Happened(CALL, Happening(1.0, Kind.VERB, "x"))]))
    with pytest.raises(ValueError):
        list(unpack(replace(record, body=body)))
