"""A ConversationRelay session whatever comes in whatever order: it talks, or it has ended."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.relay_session import ALL_EVENTS, Session


@given(st.lists(st.text(max_size=20), max_size=30))
def test_any_messages_leave_a_session_talking_or_ended(messages: list[str]) -> None:
    session = Session()
    for message in messages:
        session.relay.handle_message(message, session.now)
    assert (session.relay.poll_ending() is None) is (len(messages) < 10)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order: what is interrupted is not heard, and nothing is heard twice."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(dtmf_detection=True, events=ALL_EVENTS)
        self.over: set[int] = set()

    @rule(
        token=st.sampled_from(["Hello there, ", "one. ", "two", "", " three! ", "<p>x"]),
        last=st.booleans(),
        preemptible=st.booleans(),
    )
    def token(self, token: str, last: bool, preemptible: bool) -> None:
        self.session.say(token, last=last, preemptible=preemptible)

    @rule()
    def file(self) -> None:
        self.session.send(type="play", source="a.wav", preemptible=True)

    @rule()
    def keys(self) -> None:
        self.session.send(type="sendDigits", digits="1")

    @rule(seconds=st.floats(0, 2))
    def time(self, seconds: float) -> None:
        self.session.now += seconds
        self.session.relay.handle_timeout(self.session.now)
        self.session.poll()

    @rule()
    def begin(self) -> None:
        if self.session.items and self.session.items[0].began is None:
            self.session.begin()

    @rule()
    def finish(self) -> None:
        if self.session.items:
            assert self.session.items[0].item_id not in self.over
            self.over.add(self.session.items[0].item_id)
            self.session.finish()

    @rule(digit=st.sampled_from("1#"))
    def press(self, digit: str) -> None:
        self.session.press(digit)
        assert self.session.items == []

    @rule(words=st.sampled_from([(), ("Hi",), ("Hi", "Hi you")]))
    def speak(self, words: tuple[str, ...]) -> None:
        self.session.speak(*words)
        assert self.session.items == []

    @invariant()
    def each_cut_is_told_with_sane_numbers(self) -> None:
        for told in self.session.of("interrupt"):
            assert told["durationUntilInterruptMs"] >= 0

    @invariant()
    def the_mouth_and_the_queue_agree(self) -> None:
        current = self.session.relay._queue.current
        assert (current is None) is (not self.session.items)


TestAnyOrder = AnyOrder.TestCase
