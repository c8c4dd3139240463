"""What was acknowledged survives kill -9."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from offhook.store.ports import CallFilter, PageRequest
from tests.support.stores import ACCOUNT, call, numbered, opened

KILLED = """
import asyncio, sys
from dataclasses import replace
from offhook.model.call import CallStatus
from offhook.store.database import open_store
from offhook.store.settings import Settings
from tests.support.stores import ACCOUNT, call, numbered, sip_domain

async def run():
    store = open_store(Settings(sys.argv[1]))
    number = 0
    while True:
        store.calls.post(call(number, seconds=number))
        store.calls.post(replace(call(number, seconds=number), status=CallStatus.IN_PROGRESS))
        await store.sip_domains.insert(sip_domain(number, name=f"d{number}.sip.localhost"))
        print(number, flush=True)
        number += 1

asyncio.run(run())
"""
ENOUGH = 40


def test_acknowledged_writes_survive_the_death_of_the_process(url: str) -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url], cwd=root, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        acknowledged = -1
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged == ENOUGH:
                child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert acknowledged >= ENOUGH

    async def check() -> None:
        async with opened(url) as store:
            for number in range(acknowledged + 1):
                assert await store.sip_domains.fetch(ACCOUNT, numbered("SD", number)) is not None
            # What was posted before an acknowledged write was committed with it or before it.
            page = await store.calls.list(ACCOUNT, CallFilter(), PageRequest(size=1000))
            assert {c.sid for c in page.items} >= {call(n).sid for n in range(acknowledged + 1)}
            left_open = len(page.items)
            assert await store.calls.close_left_open(call().created_at) == left_open

    asyncio.run(check())
