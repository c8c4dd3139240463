"""Where a node listens for TLS when nobody said where."""

import socket
from dataclasses import replace

import pytest

from offhook.config.edges import sips_to_listen
from offhook.config.settings import load_settings


@pytest.mark.parametrize(("is_given", "listens"), [(False, False), (True, True)])
def test_a_port_that_nobody_asked_for_and_that_is_taken_does_not_keep_a_node_from_starting(
    is_given: bool, listens: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = ("127.0.0.1", other.getsockname()[1])
        settings = replace(load_settings(), sips=(taken,), is_sips_given=is_given)
        assert sips_to_listen(settings) == ((taken,) if listens else ())


def test_a_port_that_is_free_is_listened_on_without_being_asked_for() -> None:
    settings = replace(load_settings(), sips=(("127.0.0.1", 0),), is_sips_given=False)
    assert sips_to_listen(settings) == (("127.0.0.1", 0),)
