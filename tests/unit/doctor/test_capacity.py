"""Media ports and open files, as numbers of legs."""

import socket
from pathlib import Path

import pytest

from offhook.doctor.capacity import UDP_TABLES, examine_media_ports, examine_open_files, taken_udp_ports
from offhook.doctor.finding import Verdict


@pytest.mark.parametrize(
    ("low", "high", "legs"),
    [(10000, 20000, "5,000 legs"), (10001, 20000, "4,999 legs"), (40000, 40199, "100 legs")],
)
def test_a_leg_takes_an_even_port_and_the_next_one(low: int, high: int, legs: str) -> None:
    (finding,) = examine_media_ports(low, high)

    assert legs in finding.what


def test_a_small_range_is_worth_a_warning_and_one_without_a_pair_a_fault() -> None:
    (small,) = examine_media_ports(40000, 40019)
    (none,) = examine_media_ports(40001, 40002)

    assert small.verdict is Verdict.WARNING
    assert none.verdict is Verdict.FAULT


def test_free_ports_of_the_system_need_no_range() -> None:
    (finding,) = examine_media_ports(0, 0)

    assert finding.verdict is Verdict.FINE


def test_the_kernel_lists_the_ports_in_use() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]

        assert port in taken_udp_ports(UDP_TABLES)


def test_a_machine_without_the_kernels_list_has_no_ports_in_use(tmp_path: Path) -> None:
    assert taken_udp_ports((tmp_path / "udp",)) == set()


def test_open_files_say_how_many_legs_they_allow() -> None:
    (plenty,) = examine_open_files(1024, 20_200)
    (few,) = examine_open_files(256, 256)

    assert plenty.verdict is Verdict.FINE
    assert "5,000 legs" in plenty.what
    assert few.verdict is Verdict.WARNING
    assert "14 legs" in few.what
    assert "ulimit" in few.remedy
