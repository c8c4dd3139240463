"""The keys of one Gather as a machine: which are data, which one ends it (reference/twiml 4).

COLLECTING -- key ------------> COLLECTING, or DONE when it was the last of numDigits
COLLECTING -- finish key -----> DONE
DONE       -- anything -------> DONE, ignored
"""

from enum import auto

from offhook.base.symbol import Symbol


class CollectorState(Symbol):
    """Whether more keys are wanted."""

    COLLECTING = auto()
    DONE = auto()


class KeyCollector:
    """Keys pressed so far.

    num_digits: how many keys end it; None is no limit.
    finish_on_key: the key that ends it, or "" for none. Pressed first it ends an empty Gather.
    """

    def __init__(self, num_digits: int | None, finish_on_key: str) -> None:
        self._num_digits = num_digits
        self._finish_on_key = finish_on_key
        self.state = CollectorState.COLLECTING
        self.digits = ""
        self.finished_on_key = ""

    def take(self, key: str) -> bool:
        """Take one key; True when nothing more is wanted."""
        if self.state is CollectorState.DONE:
            return True
        if key and key == self._finish_on_key:
            self.finished_on_key = key
            self.state = CollectorState.DONE
            return True
        self.digits += key
        if len(self.digits) == self._num_digits:
            self.state = CollectorState.DONE
        return self.state is CollectorState.DONE
