"""What is sent again when a connection is lost: what has no words yet, within ten seconds."""

from offhook.speech.recognition.resending import (
    FRAMES_A_MESSAGE,
    FRAMES_MAX,
    LEAD_FRAMES,
    WORDS_MAX,
    Resending,
)

END = "end"


def frame(number: int) -> bytes:
    return number.to_bytes(2, "big")


def posted(count: int, first: int = 0) -> Resending:
    outbox = Resending()
    for number in range(first, first + count):
        outbox.post(frame(number))
    return outbox


def taken(outbox: Resending) -> list[bytes | str]:
    """All that waits."""
    messages = []
    while (message := outbox.take()) is not None:
        messages.append(message)
    return messages


def test_frames_are_taken_some_at_a_time_and_texts_between_them() -> None:
    outbox = posted(FRAMES_A_MESSAGE + 1)
    outbox.post(END)
    outbox.post(frame(9))
    first = b"".join(map(frame, range(FRAMES_A_MESSAGE)))
    assert not outbox.is_empty
    assert taken(outbox) == [first, frame(FRAMES_A_MESSAGE), END, frame(9)]
    assert outbox.is_empty


def test_what_was_not_answered_is_taken_again_before_what_waits() -> None:
    outbox = posted(3)
    outbox.post(END)
    taken(outbox)
    outbox.post(frame(3))
    outbox.rewind()
    assert taken(outbox) == [b"".join(map(frame, range(3))), END, frame(3)]


def test_words_answer_the_audio_of_this_connection_up_to_a_moment() -> None:
    outbox = posted(4)
    taken(outbox)
    outbox.answered(40)
    outbox.rewind()
    assert taken(outbox) == [frame(2) + frame(3)]
    outbox.answered(20)
    outbox.rewind()
    assert taken(outbox) == [frame(3)], "on the next connection time begins anew"


def test_words_without_a_moment_answer_all_up_to_a_text() -> None:
    outbox = posted(2)
    outbox.post(END)
    outbox.post(frame(2))
    taken(outbox)
    outbox.answered(None)
    outbox.rewind()
    assert taken(outbox) == [END, frame(2)]


def test_the_end_of_an_utterance_answers_it_and_nothing_behind_it() -> None:
    outbox = posted(2)
    outbox.post(END)
    outbox.post(frame(2))
    taken(outbox)
    outbox.finished()
    outbox.finished()  # of which nothing is known
    outbox.rewind()
    assert taken(outbox) == [frame(2)]


def test_while_nobody_speaks_a_little_is_kept() -> None:
    outbox = posted(2 * LEAD_FRAMES)
    taken(outbox)
    outbox.rest()
    outbox.rewind()
    assert outbox.waiting_frames == LEAD_FRAMES


def test_ten_seconds_are_kept_of_both_together_the_oldest_is_lost() -> None:
    outbox = posted(FRAMES_MAX)
    taken(outbox)
    outbox.post(END)
    for number in range(10):
        outbox.post(frame(FRAMES_MAX + number))
    assert outbox.dropped == 0, "what was sent already goes first"
    outbox.rewind()
    assert outbox.waiting_frames == FRAMES_MAX
    first = outbox.take()
    assert isinstance(first, bytes)
    assert first.startswith(frame(10))
    for number in range(FRAMES_MAX):
        outbox.post(frame(number))
    assert outbox.waiting_frames == FRAMES_MAX
    assert outbox.dropped == FRAMES_MAX - FRAMES_A_MESSAGE
    assert END in taken(outbox), "what ends an utterance is kept"


def test_texts_are_bounded_too() -> None:
    outbox = Resending()
    for _ in range(2 * WORDS_MAX):
        outbox.post(END)
    assert taken(outbox) == [END] * WORDS_MAX
