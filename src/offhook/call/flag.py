"""A yes or no that can be waited for, either way."""

import asyncio


class Flag:
    """No, at first."""

    def __init__(self) -> None:
        self._yes, self._no = asyncio.Event(), asyncio.Event()
        self._no.set()

    @property
    def is_set(self) -> bool:
        """Whether it is yes now."""
        return self._yes.is_set()

    def put(self, *, yes: bool) -> None:
        """What it is from now on."""
        if yes is self.is_set:
            return
        (self._yes if yes else self._no).set()
        (self._no if yes else self._yes).clear()

    async def wait(self, *, yes: bool) -> None:
        """Wait until it is so; at once when it is."""
        await (self._yes if yes else self._no).wait()
