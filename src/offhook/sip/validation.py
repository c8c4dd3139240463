"""Which messages may go on to a transaction: the headers that every one of them needs, well-formed.

Called by `user_agent` once per message; what is read here stays read (messages keep it).
Source: RFC 3261 §8.1.1, §8.1.3, §16.3 item 1.
"""

from offhook.sip.error import malformed
from offhook.sip.message import Request, Response
from offhook.sip.method import INVITE, KNOWN


def check_request(request: Request) -> None:
    """Raises: SipError when a header that every request needs is missing, repeated or malformed.

    Its status is 400, or 501 for a method that nobody knows.
    """
    via, cseq = request.via, request.cseq
    if cseq.method != request.method:
        status = 400 if request.method in KNOWN else 501  # the greater obstacle (RFC 4475 §3.1.2.18)
        raise malformed(
            "CSeq names another method", section="RFC 3261 §8.1.1.5", excerpt=str(cseq), status=status
        )
    if not via.branch and "branch" in dict(via.parameters):
        raise malformed("empty branch", section="RFC 3261 §8.1.1.7")
    for address in (request.from_, request.to):
        # Other schemes are allowed here (RFC 4475 §3.3.10) and the owner's to judge.
        if address.uri_text[:4].lower() in ("sip:", "sips"):
            _ = address.uri
    _ = request.call_id, request.max_forwards, request.require


def check_response(response: Response) -> None:
    """Raises: SipError when a response cannot be trusted; it is then discarded.

    A 2xx to INVITE makes a dialog, so that its Contact and Record-Route must be usable too.
    """
    if len(response.headers.get_list("Via")) != 1:
        raise malformed("not exactly one Via", section="RFC 3261 §8.1.3.3")
    _ = response.via, response.from_, response.to, response.call_id
    if response.cseq.method == INVITE and 200 <= response.status <= 299:
        if response.contact is not None:
            _ = response.contact.uri
        for route in response.record_route:
            _ = route.uri
