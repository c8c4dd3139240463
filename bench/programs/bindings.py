"""100,000 bindings in memory: the registrar's index of them, or a bare dict of the same fields.

usage: python -m bench.programs.bindings ours|bare
Prints JSON: `kib` that a binding takes (growth of the process by its own pages), ns of CPU to look a user up
among 1,000 (`few_ns`) and among 100,000 (`many_ns`).
"""

import gc
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from offhook.model.binding import Binding, BindingFlow
from offhook.registrar.index import BindingIndex, Entry
from offhook.store.ports import Bindings

FEW: Final = 1_000
MANY: Final = 100_000
LOOK_UPS: Final = 100_000
LONGEST_S: Final = 3_600
DOMAIN_SID: Final = "SD" + "0b" * 16
ACCOUNT_SID: Final = "AC" + "0a" * 16
LOCAL_HOST: Final = "192.0.2.1"
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)

FindUser = Callable[[str], object]


class NoStore:
    """Takes what is written behind and forgets it: what the database takes is not the index's."""

    def post(self, binding: Binding) -> None:
        """Forget it."""

    def post_removal(self, binding: Binding) -> None:
        """Forget it."""


def binding(number: int) -> Binding:
    """What a REGISTER of a phone behind a NAT makes: of a text of its own is what its message brought."""
    moment = NOW + timedelta(milliseconds=number)
    return Binding(
        sid=f"RG{number:032x}",
        account_sid=ACCOUNT_SID,
        domain_sid=DOMAIN_SID,
        username=_username(number),
        contact=f"sip:u{number:06}@10.{number >> 16}.{number >> 8 & 255}.{number & 255}:5060;transport=udp",
        path=(),
        flow=BindingFlow(
            transport="UDP",
            local_host=LOCAL_HOST,
            local_port=5060,
            remote_host=f"198.51.{number >> 8 & 255}.{number & 255}",
            remote_port=10_000 + number % 50_000,
            advertised_host=LOCAL_HOST,
            advertised_port=5060,
            serial=0,
        ),
        expires_at=moment + timedelta(seconds=LONGEST_S),
        call_id=f"{number:032x}",
        cseq=1_000 + number,
        user_agent=f"Phone/{4 + number % 3}.2 firmware {number % 7}.1",
        instance=f"<urn:uuid:{number:08x}-0000-4000-8000-000000000000>",
        reg_id=0,
        created_at=moment,
        updated_at=moment,
    )


def ours(count: int) -> FindUser:
    """The registrar's index, each binding made by its own REGISTER within an hour."""
    index = BindingIndex(cast(Bindings, NoStore()))  # the index never reads
    for number in range(count):
        made = binding(number)
        index.register(Entry(made, 0.0), made, (number + 1) * LONGEST_S / count)
    return lambda username: index.find((DOMAIN_SID, username), 0.0)


def bare(count: int) -> FindUser:
    """One dict of tuples."""
    table = {}
    for number in range(count):
        made = binding(number)
        table[DOMAIN_SID, made.username] = (*astuple(made), (number + 1) * LONGEST_S / count)
    return lambda username: table[DOMAIN_SID, username]


def look_up_ns(find: FindUser, count: int) -> float:
    """CPU for one of many users in no order, whose names come from a message: no text is the table's own."""
    chance = random.Random(count)
    names = [_username(chance.randrange(count)) for _ in range(LOOK_UPS)]
    for name in names[:FEW]:
        find(name)
    start_ns = time.process_time_ns()
    for name in names:
        find(name)
    return (time.process_time_ns() - start_ns) / LOOK_UPS


def _username(number: int) -> str:
    return f"u{number:06}"


def _own_kib() -> int:
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def main() -> None:
    """Measure one side."""
    make = {"ours": ours, "bare": bare}[sys.argv[1]]
    few = make(FEW)
    few_ns = look_up_ns(few, FEW)
    gc.collect()
    before_kib = _own_kib()
    many = make(MANY)
    gc.collect()
    kib = (_own_kib() - before_kib) / MANY
    many_ns = look_up_ns(many, MANY)
    print(json.dumps({"kib": kib, "few_ns": few_ns, "many_ns": many_ns}))


if __name__ == "__main__":
    main()
