"""What a stream's outbox has leaves at once, in order, and by a task only where the server does not read."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from offhook.media.ports.event import TapHeard
from offhook.media_streams.outbox import Outbox, Word
from offhook.media_streams.sender import Sender
from offhook.model.recording import RecordingTrack
from offhook.streaming.ports import SocketError
from tests.support.scripted_sockets import ScriptedSocket
from tests.support.virtual_time import run

Act = Callable[[Outbox, Sender, ScriptedSocket], Awaitable[None]]


def frame(number: int) -> TapHeard:
    return TapHeard(1, 1, RecordingTrack.INBOUND, number, b"")


def text_of(next_: TapHeard | Word) -> str:
    return f'{{"event": "{next_.timestamp_ms}"}}' if isinstance(next_, TapHeard) else next_()


def word() -> str:
    return '{"event": "word"}'


def sending(act: Act) -> None:
    """Run an act while a sender works; none of its tasks is left."""

    async def scenario() -> None:
        outbox, socket = Outbox(), ScriptedSocket("wss://agent.test/")
        outbox.put_frame(frame(0))
        sender = Sender(outbox, text_of, socket)
        working = asyncio.create_task(sender.run())
        await asyncio.sleep(0)
        await act(outbox, sender, socket)
        working.cancel()
        with suppress(asyncio.CancelledError, SocketError):
            await working
        outbox.put_frame(frame(99))
        assert len(asyncio.all_tasks()) == 1

    run(scenario())


def test_what_waited_and_what_comes_leaves_at_once() -> None:
    async def act(outbox: Outbox, sender: Sender, socket: ScriptedSocket) -> None:
        assert socket.events() == ["0"]
        outbox.put_frame(frame(1))
        outbox.put_word(word)
        assert socket.events() == ["0", "1", "word"], "without a turn of the loop"
        assert sender.since is None

    sending(act)


def test_where_the_server_does_not_read_it_waits_in_order() -> None:
    async def act(outbox: Outbox, sender: Sender, socket: ScriptedSocket) -> None:
        socket.is_read.clear()
        began = asyncio.get_running_loop().time()
        for number in (1, 2, 3):
            outbox.put_frame(frame(number))
        outbox.put_word(word)
        await asyncio.sleep(1)
        assert socket.events() == ["0"]
        assert sender.since == began
        socket.is_read.set()
        await asyncio.sleep(0.1)
        assert socket.events() == ["0", "1", "word", "2", "3"]
        outbox.put_frame(frame(4))
        assert socket.events()[-1] == "4"
        assert sender.since is None

    sending(act)


@pytest.mark.parametrize("reads", [True, False])
def test_a_socket_that_breaks_ends_it(reads: bool) -> None:
    async def scenario() -> None:
        outbox, socket = Outbox(), ScriptedSocket("wss://agent.test/")
        sender = Sender(outbox, text_of, socket)
        working = asyncio.create_task(sender.run())
        await asyncio.sleep(0)
        socket.is_broken = True
        if not reads:
            socket.is_read.clear()
        outbox.put_frame(frame(1))
        socket.is_read.set()
        with pytest.raises(SocketError, match="the connection broke"):
            await working
        outbox.put_frame(frame(2))
        assert socket.events() == []

    run(scenario())


def test_who_is_cancelled_while_the_server_does_not_read_leaves_nothing_behind() -> None:
    async def act(outbox: Outbox, sender: Sender, socket: ScriptedSocket) -> None:
        socket.is_read.clear()
        outbox.put_frame(frame(1))
        assert len(asyncio.all_tasks()) == 3

    sending(act)
