"""A dialog: the lasting relation of two user agents, and how requests inside it are built.

Made by `session/`: by the UAS from an INVITE, by the UAC from a response that brings a To tag.

Source: RFC 3261 §12. Leaves out: the usages of a dialog (RFC 5057), which are sessions.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import auto
from ipaddress import ip_address
from typing import Final

from offhook.base.symbol import Symbol
from offhook.sip.by_flow import ByFlow
from offhook.sip.error import malformed
from offhook.sip.flow import CERTIFIED_AS, UNVERIFIED, Flow
from offhook.sip.headers.cseq import CSeq
from offhook.sip.headers.max_forwards import INITIAL
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.via import Via
from offhook.sip.message import HeaderFields, Headers, Request, Response
from offhook.sip.uri import SipUri

DialogId = tuple[str, str, str]
"""Call-ID, our tag, the peer's tag ("" for an RFC 2543 peer)."""


class DialogState(Symbol):
    """Where a dialog stands."""

    EARLY = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class DialogInput(Symbol):
    """What moves it: a 2xx to the INVITE; the end of its last usage."""

    CONFIRM = auto()
    END = auto()


TRANSITIONS: Final = {
    (DialogState.EARLY, DialogInput.CONFIRM): DialogState.CONFIRMED,
    (DialogState.EARLY, DialogInput.END): DialogState.TERMINATED,
    (DialogState.CONFIRMED, DialogInput.CONFIRM): DialogState.CONFIRMED,
    (DialogState.CONFIRMED, DialogInput.END): DialogState.TERMINATED,
    (DialogState.TERMINATED, DialogInput.CONFIRM): DialogState.TERMINATED,
    (DialogState.TERMINATED, DialogInput.END): DialogState.TERMINATED,
}


class Dialog:
    """One dialog, seen from our side."""

    __slots__ = (
        "_by_flow",
        "_flow",
        "_flow_of",
        "_is_lost",
        "call_id",
        "follows_flow",
        "local",
        "local_cseq",
        "remote",
        "remote_cseq",
        "remote_target",
        "route_set",
        "state",
    )

    def __init__(
        self,
        *,
        call_id: str,
        local: NameAddr,
        remote: NameAddr,
        remote_target: SipUri,
        route_set: tuple[NameAddr, ...],
        flow: Flow,
    ) -> None:
        self.call_id = call_id
        self.local = local
        """Our address with our tag, as in our From."""
        self.remote = remote
        """The peer's address with its tag."""
        self.remote_target = remote_target
        self.route_set = route_set
        self.local_cseq: int | None = None
        """Number of our last request; None before the first."""
        self.remote_cseq: int | None = None
        """Number of the peer's last request; None before the first."""
        self.state = DialogState.EARLY
        self._flow = flow
        self._by_flow: ByFlow[Dialog] | None = None
        self.follows_flow = False
        """Whether requests without a route set stay on `flow`, wherever the target points."""
        self._flow_of: SipUri | None = None
        """The next hop for which the transport gave `flow`; None when it gave it for none."""
        self._is_lost = False

    @classmethod
    def as_uas(cls, invite: Request, tag: str, flow: Flow) -> "Dialog":
        """The dialog that our response to `invite` makes (§12.1.1).

        A client of RFC 2543 need not send a Contact; its From stands in (RFC 4475 §3.4.1).
        Raises: SipError (400, 416) for a Contact or Record-Route that cannot be used.
        """
        contact = invite.contact
        if contact is None and not invite.via.is_unique:
            contact = invite.from_
        if contact is None:
            raise malformed("no Contact", section="RFC 3261 §12.1.1")
        dialog = cls(
            call_id=invite.call_id,
            local=invite.to.with_tag(tag),
            remote=invite.from_,
            remote_target=contact.uri,
            route_set=_routes(invite.record_route),
            flow=flow,
        )
        dialog.remote_cseq = invite.cseq.number
        return dialog

    @classmethod
    def as_uac(cls, invite: Request, response: Response, flow: Flow) -> "Dialog":
        """The dialog that a response to our `invite` makes (§12.1.2).

        A 2xx without Contact breaks §12.1.1; the Request-URI then stands in, because a call that
        was answered must be acknowledged and can only so be ended.
        Raises: SipError for a Contact or Record-Route that cannot be used.
        """
        contact = response.contact
        target = invite.uri if contact is None else contact.uri
        dialog = cls(
            call_id=invite.call_id,
            local=invite.from_,
            remote=response.to,
            remote_target=target,
            route_set=_routes(tuple(reversed(response.record_route))),
            flow=flow,
        )
        dialog.local_cseq = invite.cseq.number
        return dialog

    @property
    def id(self) -> DialogId:
        """What tells it from every other dialog (§12)."""
        return self.call_id, self.local.tag or "", self.remote.tag or ""

    @property
    def flow(self) -> Flow:
        """Where the last message went or came from."""
        return self._flow

    @flow.setter
    def flow(self, flow: Flow) -> None:
        if self._by_flow is not None:
            self._by_flow.remove(self._flow, self)
            self._by_flow.add(flow, self)
        self._flow = flow

    def enter(self, by_flow: "ByFlow[Dialog]") -> None:
        """Be found there under the flow of the day, until `leave`."""
        self._by_flow = by_flow
        by_flow.add(self._flow, self)

    def leave(self) -> None:
        """Be found there no more."""
        if self._by_flow is not None:
            self._by_flow.remove(self._flow, self)
            self._by_flow = None

    @property
    def next_hop(self) -> SipUri:
        """Where our requests go: the first route, else the remote target (§12.2.1.1, §8.1.2)."""
        return self.route_set[0].uri if self.route_set else self.remote_target

    @property
    def sought_hop(self) -> SipUri:
        """The next hop as the transport is asked for it.

        Where it is the end of a TLS connection that was lost, whom the peer had proved to be is asked for
        again: its Contact is often an address, which no certificate names.
        """
        next_hop, flow = self.next_hop, self.flow
        if not flow.leads_to(next_hop):
            return next_hop
        proved = ((CERTIFIED_AS, flow.domain),) if flow.domain else ()
        if not flow.is_verified:
            proved = (*proved, (UNVERIFIED, ""))
        return replace(next_hop, parameters=(*next_hop.parameters, *proved)) if proved else next_hop

    @property
    def known_flow(self) -> Flow | None:
        """The flow to the next hop where no question is needed; None where the transport must look."""
        next_hop = self.next_hop
        if self.follows_flow and not self.route_set and not self._is_lost:
            return self.flow
        if self._is_lost or not (next_hop == self._flow_of or self.flow.leads_to(next_hop)):
            return None
        return self.flow

    def keep_to_flow(self, invite: Request) -> None:
        """Stay on the flow where the peer's Contact is not where it sends from, and no proxy wants a Route.

        For phones behind a NAT, which put their private address, a name that nobody else resolves, or a
        port that nobody else reaches in Contact. RFC 3261 §12.2.1.1 alone would send there, and the BYE be
        lost; RFC 5626 §4.3 and RFC 3581 have the same remedy for peers that ask for it.

        As UAS: when the INVITE came from the phone itself (one Via: no proxy that forgot Record-Route), over
        a connection or from another host than its Contact's. As UAC: when the 2xx has a Contact that is a
        private address other than where the INVITE went, or the INVITE went over a WebSocket, which a
        browser has no address for (RFC 7118 §5.5).
        """
        host = self.remote_target.host.lower()
        if invite.from_.tag == self.remote.tag:
            is_direct = len(invite.headers.get_list("Via")) == 1
            is_elsewhere = host != self.flow.remote.host.lower()
            self.follows_flow = is_direct and (is_elsewhere or self.flow.transport.is_reliable)
        else:
            is_elsewhere = host != self.flow.remote.host.lower()
            self.follows_flow = self.flow.transport.is_websocket or (_is_private(host) and is_elsewhere)

    def take_flow(self, flow: Flow) -> None:
        """What the transport found for the next hop; used until the next hop changes or it is lost."""
        self.flow, self._flow_of, self._is_lost = flow, self.next_hop, False

    def lose_flow(self, flow: Flow) -> None:
        """A flow is gone: where it was ours, ask again next time."""
        self._is_lost = self._is_lost or flow.far_end == self.flow.far_end

    def hear_on(self, flow: Flow) -> None:
        """A request of the peer came on `flow`, which takes the place of one that was lost."""
        if self._is_lost:
            self.flow, self._flow_of, self._is_lost = flow, None, False

    def move_to(self, flow: Flow) -> None:
        """The peer's target is refreshed: its re-INVITE came on `flow`."""
        self.flow, self._flow_of, self._is_lost = flow, None, False

    def take_cseq(self, number: int) -> bool:
        """Note the number of a new request of the peer; False when it is not higher (§12.2.2: 500)."""
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def confirm(self, response: Response) -> None:
        """UAC: the 2xx of an early dialog; its Contact and Record-Route count from now on (§13.2.2.4).

        Raises: SipError for a Contact or Record-Route that cannot be used.
        """
        self.refresh_target(response.contact)
        self.route_set = _routes(tuple(reversed(response.record_route)))
        self.move(DialogInput.CONFIRM)

    def refresh_target(self, contact: NameAddr | None) -> None:
        """Take the Contact of a target refresh request or its 2xx (§12.2.1.2). Raises: SipError."""
        if contact is not None:
            self.remote_target = contact.uri

    def move(self, given: DialogInput) -> None:
        """Take one input."""
        self.state = TRANSITIONS[(self.state, given)]

    def next_cseq(self, method: str) -> CSeq:
        """The CSeq of our next request other than ACK and CANCEL."""
        self.local_cseq = 1 if self.local_cseq is None else self.local_cseq + 1
        return CSeq(self.local_cseq, method)

    def request(self, cseq: CSeq, via: Via, headers: HeaderFields, body: bytes = b"") -> Request:
        """A request inside the dialog, with loose or strict routing as the first route asks (§12.2.1.1).

        via: ours, of the flow it leaves on. headers: put behind those that the dialog determines.
        Content-Length is added.
        """
        request_uri, routes = self._route()
        fields = [
            ("Via", str(via)),
            ("Max-Forwards", str(INITIAL)),
            *(("Route", route) for route in routes),
            ("From", str(self.local)),
            ("To", str(self.remote)),
            ("Call-ID", self.call_id),
            ("CSeq", str(cseq)),
            *headers,
            ("Content-Length", str(len(body))),
        ]
        return Request(cseq.method, request_uri, Headers(fields), body)

    def _route(self) -> tuple[str, Iterable[str]]:
        target = str(self.remote_target)
        if not self.route_set:
            return target, ()
        first, *rest = self.route_set
        if first.uri.parameter("lr") is not None:
            return target, [str(route) for route in self.route_set]
        # A strict router wants its own URI in the request line, and the target last (RFC 2543).
        return str(first.uri), [*(str(route) for route in rest), f"<{target}>"]


def _is_private(host: str) -> bool:
    """Whether it is the literal of an address that is not of the public Internet (RFC 1918, 6598, 4193 …)."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _routes(routes: tuple[NameAddr, ...]) -> tuple[NameAddr, ...]:
    for route in routes:
        SipUri.parse(route.uri_text)
    return routes
