"""Waits until a program that says nothing of its start answers on its UDP port."""

import time
from collections.abc import Callable
from typing import Final

from bench.row import BenchError

PROBE_S: Final = 0.1
"""How long an answer may take; a probe sets it on its socket."""
PROBES: Final = 50


def wait_for_answer(name: str, ask: Callable[[], object]) -> None:
    """Ask until it answers. ask: raises TimeoutError after PROBE_S. Raises: BenchError when it never does.

    The kernel refuses at once for a port that is not open yet, and tells nobody when it is: so it sleeps.
    """
    for _ in range(PROBES):
        try:
            ask()
        except TimeoutError:
            continue
        except ConnectionRefusedError:
            time.sleep(PROBE_S)
        else:
            return
    raise BenchError(f"{name} did not answer within {PROBES * PROBE_S:g} s")
