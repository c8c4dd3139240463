"""What peers are told."""

import ipaddress

from offhook.doctor.addresses import examine_addresses
from offhook.doctor.finding import Verdict

EVERYWHERE = ipaddress.ip_network("0.0.0.0/0")


def test_loopback_alone_is_a_warning() -> None:
    (finding,) = examine_addresses([("127.0.0.1", 5060)], ())

    assert finding.verdict is Verdict.WARNING
    assert "OFFHOOK_SIP=0.0.0.0:5060" in finding.remedy


def test_an_advertised_address_is_named() -> None:
    (finding,) = examine_addresses([("0.0.0.0", 5060)], ((EVERYWHERE, "198.51.100.7"),))

    assert "198.51.100.7" in finding.what or "no route" in finding.what
