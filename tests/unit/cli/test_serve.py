"""How a node's process is set up."""

import gc

from offhook.cli.serve import COLLECT_AFTER, settle_collector


def test_the_collector_leaves_what_is_there_at_the_start_alone_and_comes_less_often() -> None:
    before = gc.get_threshold()
    try:
        settle_collector()
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold() == COLLECT_AFTER
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
