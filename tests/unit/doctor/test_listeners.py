"""Addresses to listen on: free, taken, held by the node itself, not ours."""

import socket

from offhook.doctor.finding import Verdict
from offhook.doctor.listeners import examine_listeners

BOTH = ("UDP", "TCP")


def test_a_free_address_is_fine_and_stays_free() -> None:
    for _ in range(2):
        (finding,) = examine_listeners("sip", [("127.0.0.1", 0)], BOTH, ())

        assert finding.verdict is Verdict.FINE
        assert "a free port" in finding.what


def test_an_address_in_use_is_a_fault_that_names_another_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]

        (finding,) = examine_listeners("sip", [("127.0.0.1", port)], BOTH, ())

    assert finding.verdict is Verdict.FAULT
    assert finding.what == f"127.0.0.1:{port} (UDP): in use by another program"
    assert f"OFFHOOK_SIP=127.0.0.1:{port + 10}" in finding.remedy


def test_what_the_running_node_holds_is_fine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as own:
        port = own.getsockname()[1]

        (finding,) = examine_listeners("http", [("127.0.0.1", port)], ("TCP",), {f"127.0.0.1:{port}"})

    assert finding.verdict is Verdict.FINE
    assert "the node listens there" in finding.what


def test_an_address_of_another_machine_is_a_fault() -> None:
    (finding,) = examine_listeners("sip", [("203.0.113.1", 5060)], BOTH, ())

    assert finding.verdict is Verdict.FAULT
    assert "this machine has no such address" in finding.what
