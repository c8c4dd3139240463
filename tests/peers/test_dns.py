"""The DNS client against a real server: each kind of record, names that are not there, no server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.transport.dns import Dns
from offhook.transport.locate import Naptr, Srv
from offhook.transport.ports import NoRouteError
from tests.support.dnsmasq import running_dnsmasq
from tests.support.free_port import free_port

pytestmark = pytest.mark.peer

RECORDS = [
    "host-record=a.test,192.0.2.1,2001:db8::1",
    "host-record=many.test,192.0.2.2",
    "host-record=many.test,192.0.2.3",
    "srv-host=_sip._udp.office.test,a.test,5070,10,60",
    "srv-host=_sip._udp.office.test,many.test,5071,20,0",
    "naptr-record=office.test,10,50,s,SIP+D2U,,_sip._udp.office.test",
    "naptr-record=office.test,20,50,u,E2U+sip,!^.*$!sip:x@office.test!,",
]


@pytest.fixture(scope="module")
def dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    with running_dnsmasq(tmp_path_factory.mktemp("dns"), RECORDS) as server:
        yield server


def test_every_kind_of_record_is_read(dns: tuple[str, int]) -> None:
    async def ask() -> None:
        lookup = Dns([dns])
        assert await lookup.addresses("a.test") == ["192.0.2.1", "2001:db8::1"]
        assert sorted(await lookup.addresses("MANY.test.")) == ["192.0.2.2", "192.0.2.3"]
        assert set(await lookup.srv("_sip._udp.office.test")) == {
            Srv(10, 60, "a.test", 5070),
            Srv(20, 0, "many.test", 5071),
        }
        assert await lookup.naptr("office.test") == [Naptr(10, 50, "SIP+D2U", "_sip._udp.office.test")]

    asyncio.run(ask())


def test_what_is_not_there_is_empty(dns: tuple[str, int]) -> None:
    async def ask() -> None:
        lookup = Dns([dns])
        assert await lookup.addresses("nobody.test") == []
        assert await lookup.srv("_sip._tcp.office.test") == []
        assert await lookup.naptr("a.test") == []
        assert await lookup.addresses("no..name") == []

    asyncio.run(ask())


def test_a_server_that_is_not_there_is_an_error_that_names_what_was_asked() -> None:
    async def ask() -> None:
        with pytest.raises(NoRouteError, match=r"a\.test could not be looked up"):
            await Dns([("127.0.0.1", free_port())]).addresses("a.test")

    asyncio.run(ask())


def test_localhost_and_the_hosts_file_come_before_dns(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.5 pbx.office pbx # the PBX\n::1 six.office\n# 127.0.0.6 gone.office\n")

    async def ask() -> None:
        lookup = Dns([("127.0.0.1", free_port())], hosts)
        assert await lookup.addresses("demo.sip.localhost") == ["127.0.0.1"]
        assert await lookup.addresses("PBX.office.") == ["127.0.0.5"]
        assert await lookup.addresses("six.office") == ["::1"]
        assert await lookup.srv("_sip._udp.demo.localhost") == []
        with pytest.raises(NoRouteError):
            await lookup.addresses("gone.office")

    asyncio.run(ask())
