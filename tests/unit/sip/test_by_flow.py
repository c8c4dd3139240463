"""What belongs to a flow is found without a look at the rest, whatever came and went before."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.by_flow import ByFlow
from offhook.sip.flow import Address, Flow, Transport
from tests.support.sip_wire import FLOW

FLOWS = (
    FLOW,
    replace(FLOW, remote=Address("10.0.0.1", 5061)),
    replace(FLOW, remote=Address("10.0.0.3", 5060)),
    replace(FLOW, transport=Transport.TCP, serial=1),
    replace(FLOW, transport=Transport.TCP, serial=2),
)


def test_a_far_end_is_the_same_from_every_address_of_ours_and_another_connection_is_another() -> None:
    assert replace(FLOW, local=Address("10.0.0.9", 5060)).far_end == FLOW.far_end
    assert len({flow.far_end for flow in FLOWS}) == len(FLOWS)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(FLOWS), st.integers(0, 5))))
def test_it_holds_what_a_list_of_pairs_would(acts: list[tuple[bool, Flow, int]]) -> None:
    by_flow: ByFlow[int] = ByFlow()
    pairs: list[tuple[Flow, int]] = []
    for is_added, flow, member in acts:
        if is_added:
            by_flow.add(flow, member)
            pairs += [] if (flow, member) in pairs else [(flow, member)]
        else:
            by_flow.remove(flow, member)
            pairs = [pair for pair in pairs if pair != (flow, member)]
        for each in FLOWS:
            assert by_flow.on(each) == tuple(held for at, held in pairs if at == each)
        assert len(by_flow) == len({at for at, _ in pairs})
