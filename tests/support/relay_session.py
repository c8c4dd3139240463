"""A ConversationRelay session with the time, and a mouth that takes what it is given."""

import json
from typing import Any

from offhook.stream.conversation_relay import (
    ConversationRelay,
    Ending,
    RelayEvent,
    RelayOptions,
)
from offhook.stream.relay_message import Setup
from offhook.stream.talk_queue import Item, Saying

SETUP = Setup("VX1", "AC1", "CA1", "+1555", "+1666", "inbound", "IN_PROGRESS")
ALL_EVENTS = frozenset(RelayEvent)


class Session:
    """A session with the time, and a mouth that takes what it is given."""

    def __init__(self, **options: Any) -> None:
        self.relay = ConversationRelay(SETUP, RelayOptions(**options))
        self.now = 100.0
        self.items: list[Item] = []
        self.sent: list[dict[str, Any]] = []
        self.relay.handle_open(self.now)
        self.poll()

    def poll(self) -> None:
        while (message := self.relay.poll_transmit()) is not None:
            self.sent.append(json.loads(message))
        while (item := self.relay.poll_item()) is not None:
            self.items.append(item)
        dropped = self.relay.poll_dropped()
        self.items = [item for item in self.items if item.item_id not in dropped]

    def say(self, token: str, *, last: bool = True, **fields: Any) -> None:
        self.send(type="text", token=token, last=last, **fields)

    def send(self, **message: Any) -> None:
        self.relay.handle_message(json.dumps(message), self.now)
        self.poll()

    def begin(self, length_ms: int = 1_000) -> None:
        """The mouth lets the next item be heard."""
        self.relay.handle_begun(self.items[0].item_id, length_ms, self.now)
        self.poll()

    def finish(self) -> None:
        """It has been heard."""
        self.relay.handle_ended(self.items.pop(0).item_id, self.now)
        self.poll()

    def hear(self, length_ms: int = 1_000) -> None:
        self.begin(length_ms)
        self.now += length_ms / 1000
        self.finish()

    def press(self, digit: str) -> None:
        self.relay.handle_key(digit, self.now)
        self.poll()

    def speak(self, *words: str, final: bool = True) -> None:
        """The caller begins to speak; what is understood so far, the last of it for good."""
        self.relay.handle_speech_began(self.now)
        for index, each in enumerate(words):
            is_final = final and index == len(words) - 1
            if is_final:
                self.relay.handle_speech_ended(self.now)
            self.relay.handle_words(each, is_final=is_final, now=self.now)
        self.poll()

    @property
    def texts(self) -> list[str]:
        return [item.what.text for item in self.items if isinstance(item.what, Saying)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.sent if each["type"] == kind]

    @property
    def ending(self) -> Ending:
        ending = self.relay.poll_ending()
        assert ending is not None
        return ending


def prompts(session: Session) -> list[tuple[str, bool]]:
    return [(each["voicePrompt"], each["last"]) for each in session.of("prompt")]
