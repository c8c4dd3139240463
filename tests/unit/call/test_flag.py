"""A flag is waited for either way, and at once where it is so already."""

import asyncio

from offhook.call.flag import Flag


def test_who_waits_goes_on_when_it_turns() -> None:
    async def scenario() -> None:
        flag = Flag()
        await flag.wait(yes=False)
        waiting = asyncio.create_task(flag.wait(yes=True))
        await asyncio.sleep(0)
        flag.put(yes=False)
        await asyncio.sleep(0)
        assert not waiting.done()
        flag.put(yes=True)
        await waiting
        await flag.wait(yes=True)
        back = asyncio.create_task(flag.wait(yes=False))
        await asyncio.sleep(0)
        assert (flag.is_set, back.done()) == (True, False)
        flag.put(yes=False)
        await back
        assert not flag.is_set

    asyncio.run(scenario())
