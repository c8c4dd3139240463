"""Flows as they are kept with a binding, and back; and what leads to a phone once its connection is gone.

UDP: the pair of addresses, for as long as the binding lasts
connection -> ends: outbound (RFC 5626) or behind a NAT -> the binding ends with it
                    else                                -> the Contact itself, by DNS where it is a name
"""

from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from offhook.model.binding import Binding, BindingFlow
from offhook.sip.error import SipError
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.uri import SipUri

NO_CONNECTION: Final = 0
"""Serial of a connection that is gone."""
ConnectionKey = tuple[str, int]
"""Transport and serial: what tells the connections of a node apart."""


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


def key_of(flow: BindingFlow) -> ConnectionKey | None:
    """The connection that a binding's flow is; None over UDP, and once it is gone."""
    return (flow.transport, flow.serial) if flow.serial != NO_CONNECTION else None


def has_flow(binding: Binding) -> bool:
    """Whether the way that its REGISTER came is still there; over UDP it is."""
    return binding.flow.transport == Transport.UDP or binding.flow.serial != NO_CONNECTION


def without_flow(binding: Binding) -> Binding:
    """The same once its connection is gone."""
    return replace(binding, flow=replace(binding.flow, serial=NO_CONNECTION))


def is_dialable(binding: Binding) -> bool:
    """Whether a call may find the phone without the connection that it registered on.

    Not with outbound, where the flow is the registration (RFC 5626 §5.3), unless a proxy keeps the flow,
    which Path leads to; nor where the Contact is an address that its packets do not come from and that is no
    public one: a NAT lies between. A browser cannot be called but on its own connection (RFC 7118 §5).
    """
    if Transport(binding.flow.transport).is_websocket:
        return False
    if binding.path:
        return True
    if binding.reg_id:
        return False
    try:
        uri = SipUri.parse(binding.contact)
    except SipError:
        return False
    try:
        address = ip_address(uri.host)
    except ValueError:
        return not uri.host.lower().endswith(".invalid")  # a name of nobody (RFC 2606 §2)
    return str(address) == binding.flow.remote_host or address.is_global
