"""Flows as they are kept with a binding, and back."""

from offhook.model.binding import Binding, BindingFlow
from offhook.sip.flow import Address, Flow, Transport


def flow_of(binding: Binding) -> Flow:
    """The flow to the phone, for calls to it: the way back through its NAT (RFC 5626 §5.3)."""
    kept = binding.flow
    return Flow(
        Transport(kept.transport),
        Address(kept.local_host, kept.local_port),
        Address(kept.remote_host, kept.remote_port),
        Address(kept.advertised_host, kept.advertised_port),
        kept.serial,
    )


def record_of(flow: Flow) -> BindingFlow:
    """What is kept of a flow."""
    return BindingFlow(
        transport=flow.transport.value,
        local_host=flow.local.host,
        local_port=flow.local.port,
        remote_host=flow.remote.host,
        remote_port=flow.remote.port,
        advertised_host=flow.advertised.host,
        advertised_port=flow.advertised.port,
        serial=flow.serial,
    )
