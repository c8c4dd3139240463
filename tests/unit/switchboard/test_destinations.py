"""Where the phones of a user ring: each once, whatever flows it keeps."""

from dataclasses import replace

from offhook.model.binding import Binding
from offhook.switchboard.destinations import phones_of
from tests.support.stores import binding


def flow(
    number: int, *, instance: str = "<urn:uuid:1>", reg_id: int = 1, path: tuple[str, ...] = ()
) -> Binding:
    """A binding that was refreshed so many seconds after the others."""
    return replace(binding(number, seconds=number), instance=instance, reg_id=reg_id, path=path)


def test_rfc5626_a_phone_with_several_flows_rings_on_the_latest_first() -> None:
    found = [flow(1), flow(2, reg_id=2), flow(3, instance="<urn:uuid:2>"), flow(0, reg_id=3)]
    phones = phones_of(found)
    assert [[each.cseq for each in flows] for flows in phones] == [[2, 1, 0], [3]]


def test_rfc5626_so_does_one_behind_edge_proxies() -> None:
    found = [flow(1, path=("<sip:a.example;lr;ob>",)), flow(2, reg_id=2, path=("<sip:b.example;lr;ob>",))]
    assert len(phones_of(found)) == 1


def test_without_outbound_every_contact_rings() -> None:
    found = [flow(1, reg_id=0), flow(2, reg_id=0)]
    assert [len(flows) for flows in phones_of(found)] == [1, 1]


def test_two_domains_are_two_registrations_of_one_phone() -> None:
    elsewhere = replace(flow(2), domain_sid="SD" + "9" * 32)
    assert len(phones_of([flow(1), elsewhere])) == 2
