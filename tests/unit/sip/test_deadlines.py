from enum import Enum, auto

from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.deadlines import Deadlines


class Timer(Enum):
    A = auto()
    B = auto()


class Machine:
    def __init__(self, deadlines: Deadlines, again_s: float | None = None) -> None:
        self.deadlines: dict[Enum, float] = {}
        self.fired: list[tuple[Enum, float]] = []
        self._table = deadlines
        self._again_s = again_s

    def handle_timer(self, timer: Enum, now: float) -> None:
        self.fired.append((timer, now))
        if self._again_s is not None:
            self._table.arm(self, timer, now + self._again_s)


def test_nothing_armed_has_no_deadline() -> None:
    table = Deadlines()
    assert table.poll_timeout() is None
    table.handle_timeout(100.0)


def test_timers_fire_in_order_and_once() -> None:
    table = Deadlines()
    machine = Machine(table)
    table.arm(machine, Timer.B, 2.0)
    table.arm(machine, Timer.A, 1.0)
    assert table.poll_timeout() == 1.0
    table.handle_timeout(0.5)
    assert machine.fired == []
    table.handle_timeout(3.0)
    assert machine.fired == [(Timer.A, 3.0), (Timer.B, 3.0)]
    assert table.poll_timeout() is None
    assert machine.deadlines == {}


def test_moved_and_cleared_timers_do_not_fire_at_the_old_moment() -> None:
    table = Deadlines()
    machine = Machine(table)
    table.arm(machine, Timer.A, 1.0)
    table.arm(machine, Timer.A, 5.0)
    table.arm(machine, Timer.B, 2.0)
    table.disarm(machine, Timer.B)
    table.disarm(machine, Timer.B)
    assert table.poll_timeout() == 5.0
    table.handle_timeout(4.0)
    assert machine.fired == []


def test_a_late_clock_fires_a_repeating_timer_once() -> None:
    table = Deadlines()
    machine = Machine(table, again_s=0.5)
    table.arm(machine, Timer.A, 1.0)
    table.handle_timeout(100.0)
    assert machine.fired == [(Timer.A, 100.0)]
    assert table.poll_timeout() == 100.5


@given(st.lists(st.tuples(st.sampled_from(list(Timer)), st.floats(0, 100), st.booleans()), max_size=30))
def test_next_deadline_is_the_least_of_those_armed(steps: list[tuple[Timer, float, bool]]) -> None:
    table = Deadlines()
    machine = Machine(table)
    for timer, at, arm in steps:
        if arm:
            table.arm(machine, timer, at)
        else:
            table.disarm(machine, timer)
        assert table.poll_timeout() == min(machine.deadlines.values(), default=None)


def test_what_has_ended_does_not_stay_until_its_time_would_have_come() -> None:
    table = Deadlines()
    lasting = Machine(table)
    table.arm(lasting, Timer.A, 32.0)
    for _ in range(10_000):
        ended = Machine(table)
        table.arm(ended, Timer.A, 32.0)
        ended.deadlines.clear()
    assert len(table) < 2_000
    assert table.poll_timeout() == 32.0
    table.handle_timeout(32.0)
    assert lasting.fired == [(Timer.A, 32.0)]
