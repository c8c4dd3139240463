"""Which transaction a message belongs to, and where its responses go (RFC 3261 §17.1.3, §17.2.3, §18.2)."""

from offhook.sip.flow import Address, Flow
from offhook.sip.headers.via import Via, is_magic
from offhook.sip.message import Message, Request
from offhook.sip.method import ACK, INVITE

ClientKey = tuple[str, str, str]
"""Branch, sent-by, method."""

ServerKey = tuple[str, ...]
"""Branch, sent-by, method; for an RFC 2543 client what §17.2.3 lists instead."""

MergeKey = tuple[str | None, str, int, str]
"""From tag, Call-ID, CSeq: the same request by another way (§8.2.2.2)."""


def client_key(message: Message) -> ClientKey:
    """The key of a request of ours, and of a response to it.

    The method is of CSeq, since a CANCEL has its INVITE's branch. With sent-by in the key a
    response with somebody else's is discarded, as §18.1.2 demands.
    """
    via = message.via
    return via.branch, via.sent_by.lower(), message.cseq.method


def server_key(request: Request, method: str | None = None) -> ServerKey:
    """The key of a request that came.

    method: whose transaction is meant, the request's own by default; an ACK means its INVITE's.
    """
    method = method or (INVITE if request.method == ACK else request.method)
    via = request.via
    branch = via.branch
    if is_magic(branch):
        return branch, f"{via.host.lower()}:{via.port or ''}", method
    # RFC 2543: To tag left out, because the ACK has the one of our response and the INVITE has none.
    cseq = request.cseq
    return (
        request.request_uri,
        request.from_.tag or "",
        request.call_id,
        str(cseq.number),
        str(via),
        method,
    )


def merge_key(request: Request) -> MergeKey:
    """What two copies of one request, forked and merged on the way, have in common."""
    cseq = request.cseq
    return request.from_.tag, request.call_id, cseq.number, cseq.method


def response_flow(via: Via, source: Flow) -> Flow:
    """Where responses go: back on a connection; over UDP to the source address.

    The port there is the source's if rport was asked for, else that of sent-by.
    maddr is not followed: it is for multicast, and would let anybody aim our responses.
    Source: RFC 3261 §18.2.2; RFC 3581 §4.
    """
    if source.transport.is_reliable or via.wants_rport:
        return source
    port = via.port or source.transport.default_port
    if port == source.remote.port:
        return source
    return Flow(
        source.transport, source.local, Address(source.remote.host, port), source.advertised, source.serial
    )
