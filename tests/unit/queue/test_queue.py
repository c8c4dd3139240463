"""A line: who comes first is served first, on both sides, whoever changes their mind meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.call.call import Call
from offhook.model.queue import Queue as QueueRecord
from offhook.queue.member import Member, MemberState, Pickup
from offhook.queue.queue import Queue, QueueClosedError, QueueFullError
from tests.support.clock import LoopClock
from tests.support.memory_store import ACCOUNT, MOMENT
from tests.support.virtual_time import run

RECORD = QueueRecord("QU" + "1" * 32, ACCOUNT.sid, "support", 3, MOMENT, MOMENT)
AGENT = Pickup("CA" + "a" * 32)


def call(name: str) -> Call:
    return cast(Call, SimpleNamespace(sid=name))


def state(member: Member[str]) -> MemberState:
    return member.state


def is_idle(line: "Line") -> bool:
    return line.queue.is_idle


class Line:
    """A queue under test, and what it told."""

    def __init__(self, size_max: int = 5000) -> None:
        self.idle = 0
        self.queue: Queue[str] = Queue(RECORD, LoopClock(), size_max, self._count)

    def _count(self, queue: Queue[str]) -> None:
        assert queue is self.queue
        self.idle += 1

    def join(self, name: str) -> Member[str]:
        return self.queue.join(call(name), name)

    @property
    def names(self) -> list[str]:
        return [member.sid for member in self.queue.members]


def in_line(act: Callable[[Line], Awaitable[None]], size_max: int = 5000) -> None:
    async def scenario() -> None:
        await act(Line(size_max))

    run(scenario())


def test_positions_and_times_count_from_the_front() -> None:
    async def act(line: Line) -> None:
        first = line.join("a")
        await asyncio.sleep(10)
        second = line.join("b")
        await asyncio.sleep(4.9)
        queue = line.queue
        assert [queue.position(each) for each in (first, second)] == [1, 2]
        assert [queue.wait_s(each) for each in (first, second)] == [14, 4]
        assert queue.average_wait_s == 9
        assert await queue.take(AGENT) is first
        await asyncio.sleep(100)
        assert [queue.position(each) for each in (first, second)] == [0, 1]
        assert queue.wait_s(first) == 14, "the time in the line ends when its turn comes"
        assert queue.find("b") is second
        assert queue.find("a") is None

    in_line(act)


def test_who_dials_first_is_served_first() -> None:
    async def act(line: Line) -> None:
        agents = [asyncio.ensure_future(line.queue.take(Pickup(f"agent {n}"))) for n in range(3)]
        await asyncio.sleep(1)
        members = [line.join(name) for name in "abc"]
        assert [await agent for agent in agents] == members
        assert [member.pickup for member in members] == [Pickup(f"agent {n}") for n in range(3)]

    in_line(act)


def test_an_agent_who_gives_up_is_skipped_and_one_who_does_so_too_late_puts_the_member_back() -> None:
    async def act(line: Line) -> None:
        given_up, waits = (asyncio.ensure_future(line.queue.take(AGENT)) for _ in range(2))
        await asyncio.sleep(1)
        given_up.cancel()
        await asyncio.sleep(1)
        member = line.join("a")
        assert state(member) is MemberState.CALLED
        waits.cancel()  # in the very moment in which the member is theirs
        with pytest.raises(asyncio.CancelledError):
            await waits
        assert state(member) is MemberState.WAITING
        assert line.names == ["a"]
        assert await line.queue.take(AGENT) is member

    in_line(act)


def test_who_is_put_back_is_the_next_one_and_has_waited_all_the_time() -> None:
    async def act(line: Line) -> None:
        first = line.join("a")
        line.join("b")
        await asyncio.sleep(5)
        assert await line.queue.take(AGENT) is first
        await asyncio.sleep(5)
        line.queue.put_back(first)
        assert line.names == ["a", "b"]
        assert line.queue.wait_s(first) == 10
        assert first.pickup is None

    in_line(act)


def test_two_who_are_put_back_stand_as_they_stood() -> None:
    async def act(line: Line) -> None:
        members = [line.join(name) for name in "abc"]
        first, second = [await line.queue.take(AGENT) for _ in range(2)]
        line.queue.put_back(first)
        line.queue.put_back(second)
        assert line.names == ["a", "b", "c"]
        assert [line.queue.position(member) for member in members] == [1, 2, 3]

    in_line(act)


def test_who_was_bridged_is_not_put_back() -> None:
    async def act(line: Line) -> None:
        member = line.join("a")
        await line.queue.take(AGENT)
        assert line.queue.bridge(member)
        line.queue.put_back(member)
        assert (state(member), line.names) == (MemberState.BRIDGED, [])

    in_line(act)


def test_who_has_hung_up_cannot_be_bridged() -> None:
    async def act(line: Line) -> None:
        member = line.join("a")
        await line.queue.take(AGENT)
        line.queue.leave(member)
        assert not line.queue.bridge(member)

    in_line(act)


@pytest.mark.parametrize(("size_max", "allowed"), [(5000, 3), (2, 2)], ids=["its own", "the node's"])
def test_a_full_queue_takes_nobody(size_max: int, allowed: int) -> None:
    async def act(line: Line) -> None:
        for name in range(allowed):
            line.join(str(name))
        with pytest.raises(QueueFullError):
            line.join("one too many")
        await line.queue.take(AGENT)
        line.join("now there is room")

    in_line(act, size_max)


def test_a_deleted_queue_takes_nobody_and_tells_those_who_dial_it() -> None:
    async def act(line: Line) -> None:
        agent = asyncio.ensure_future(line.queue.take(AGENT))
        await asyncio.sleep(1)
        line.queue.close()
        with pytest.raises(QueueClosedError):
            await agent
        with pytest.raises(QueueClosedError):
            line.join("a")
        with pytest.raises(QueueClosedError):
            await line.queue.take(AGENT)

    in_line(act)


def test_it_is_idle_only_when_nobody_can_come_back() -> None:
    async def act(line: Line) -> None:
        member = line.join("a")
        await line.queue.take(AGENT)
        assert not is_idle(line), "it may be put back"
        line.queue.bridge(member)
        assert is_idle(line)
        line.queue.leave(member)
        assert line.idle > 0

    in_line(act)


STEPS = st.lists(st.sampled_from(["join", "dial", "give up", "put back", "bridge", "leave"]), max_size=60)


@settings(max_examples=200, deadline=None)
@given(steps=STEPS, picks=st.lists(st.integers(0, 50), min_size=60, max_size=60))
def test_nobody_is_lost_or_served_twice_whatever_happens(steps: list[str], picks: list[int]) -> None:
    async def act(line: Line) -> None:
        line.queue.record = QueueRecord(RECORD.sid, ACCOUNT.sid, "support", 5000, MOMENT, MOMENT)
        members: list[Member[str]] = []
        agents: list[asyncio.Task[Member[str]]] = []
        for number, (step, pick) in enumerate(zip(steps, picks, strict=False)):
            some: Any = members[pick % len(members)] if members else None
            match step:
                case "join":
                    members.append(line.join(str(number)))
                case "dial":
                    agents.append(asyncio.create_task(line.queue.take(Pickup(str(number)))))
                case "give up" if agents:
                    agents[pick % len(agents)].cancel()
                case "put back" if some is not None:
                    line.queue.put_back(some)
                case "bridge" if some is not None:
                    line.queue.bridge(some)
                case "leave" if some is not None:
                    line.queue.leave(some)
                case _:
                    pass
            await asyncio.sleep(pick % 2)
        await asyncio.sleep(1)
        waiting = [member for member in members if member.state is MemberState.WAITING]
        assert line.names == [member.sid for member in waiting], "in the order in which they came"
        assert [line.queue.position(member) for member in waiting] == list(range(1, len(waiting) + 1))
        dialling = [agent for agent in agents if not agent.done()]
        assert not (waiting and dialling), "nobody waits while somebody dials"
        assert line.queue.is_idle == (
            not waiting and not dialling and not any(member.state is MemberState.CALLED for member in members)
        )
        for agent in dialling:
            agent.cancel()
        await asyncio.gather(*agents, return_exceptions=True)

    in_line(act)
