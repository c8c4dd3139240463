"""The ladder of a call as text."""

from offhook.trace.ladder import COLUMNS_MAX, WIDTH, LadderMessage, ladder

NODE, PHONE = "node UDP", "phone TCP"

DRAWN = """\
     time   here                                        node UDP                                    phone TCP
    0.000   |-------------- INVITE, SDP --------------->|                                           |
    0.021   |<---------- 100 Trying (INVITE) -----------|                                           |
    1.500   |-------------------------------------- OPTIONS --------------------------------------->|
    1.512   |<---------------------------------- 200 OK (OPTIONS) ----------------------------------|"""


def test_of_no_messages_is_empty() -> None:
    assert ladder([]) == ""


def test_each_remote_has_a_lifeline_and_times_begin_at_the_first_message() -> None:
    messages = [
        LadderMessage(70.0, is_ours=True, label="INVITE, SDP", remote=NODE),
        LadderMessage(70.021, is_ours=False, label="100 Trying (INVITE)", remote=NODE),
        LadderMessage(71.5, is_ours=True, label="OPTIONS", remote=PHONE),
        LadderMessage(71.512, is_ours=False, label="200 OK (OPTIONS)", remote=PHONE),
    ]
    assert ladder(messages) == DRAWN


def test_a_label_that_does_not_fit_is_cut_and_one_that_commands_the_terminal_is_not_obeyed() -> None:
    drawn = ladder([LadderMessage(0, is_ours=True, label="\x1b[31m" + "x" * 99, remote=NODE)])
    rung = drawn.splitlines()[1]
    assert "?[31mxxx" in rung
    assert "x… -" in rung
    assert len(rung) < 12 + WIDTH + 2


def test_lifelines_are_bounded() -> None:
    messages = [
        LadderMessage(n, is_ours=n % 2 == 0, label="OPTIONS", remote=f"10.0.0.{n}") for n in range(20)
    ]
    head, *rungs = ladder(messages).splitlines()
    assert head.count("10.0.0.") == COLUMNS_MAX
    assert len(rungs) == 20
    assert max(map(len, rungs)) <= 14 + WIDTH * COLUMNS_MAX
