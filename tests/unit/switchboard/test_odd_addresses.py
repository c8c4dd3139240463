"""INVITEs and REGISTERs with URIs of every scheme in them: each has its final response, and its record."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.credential import MappingScope
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.refusal import Refusal
from offhook.model.sip_domain import SipDomain
from offhook.model.trunk import Trunk
from offhook.routing.directory import Directory
from offhook.sip.message import Headers, Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.arrival import answered
from tests.support.memory_store import ACCOUNT, ANYONE, DOMAIN, MOMENT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import BOB, OFFICE, PASSWORD

VOICE: Final = "http://app.test/voice"
SDP: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
)
FIELDS: Final = {
    "Via": "SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKx",
    "From": "<sip:alice@127.0.0.1>;tag=1",
    "To": "<sip:x@app.sip.localhost>",
    "Contact": "<sip:alice@127.0.0.1:9>",
    "Call-ID": "odd@test",
    "CSeq": "1 INVITE",
    "Max-Forwards": "70",
    "Content-Type": "application/sdp",
}
TRUNK: Final = ByocTrunk("BY" + "1" * 32, ACCOUNT.sid, MOMENT, MOMENT, voice_url=VOICE)
CARRIERS: Final = replace(DOMAIN, byoc_trunk_sid=TRUNK.sid)
PBX: Final = Trunk(
    "TK" + "1" * 32, ACCOUNT.sid, MOMENT, MOMENT, domain_name="pbx.pstn.localhost", has_ip_acl=True
)
OURS: Final = "+14155550100"
NUMBER: Final = IncomingPhoneNumber(
    "PN" + "1" * 32, ACCOUNT.sid, OURS, "Ours", MOMENT, MOMENT, voice_url="http://number.test/voice"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one INVITE."""

    status: int
    refusals: list[Refusal]
    small: SmallExchange

    def told(self) -> tuple[str, str]:
        """From and To, as the application was told."""
        (asked,) = self.small.bookshelf.asked
        return asked.call.from_, asked.call.to


async def invited(small: SmallExchange, fields: Mapping[str, str], uri: str) -> Outcome:
    """Send an INVITE and wait for its final response."""
    lines = [f"INVITE {uri} SIP/2.0", *(f"{name}: {value}" for name, value in {**FIELDS, **fields}.items())]
    message = "\r\n".join((*lines, f"Content-Length: {len(SDP)}", "", SDP))
    loop, node = asyncio.get_running_loop(), small.node.addresses[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        peer.sendto(message.encode("utf-8", "surrogateescape"), (node.host, node.port))
        async with asyncio.timeout(60):
            while True:
                answer = parse_message(await loop.sock_recv(peer, 65_535), Limits())
                if isinstance(answer, Response) and answer.status >= 200:
                    return Outcome(answer.status, list(small.store.refusals.history), small)


def outcome(
    fields: Mapping[str, str], domain: SipDomain = DOMAIN, *, uri: str = "sip:x@app.sip.localhost"
) -> Outcome:
    async def scenario() -> Outcome:
        document = "<Response><Reject/></Response>"
        async with small_exchange({VOICE: document, "http://number.test/voice": document}, domain) as small:
            small.store.byoc_trunks.known[TRUNK.sid] = TRUNK
            small.store.incoming_phone_numbers.add(NUMBER)
            return await invited(small, fields, uri)

    return run(scenario())


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("tel:+14155550123", "+14155550123"),
        ("TEL:+1-415-555-0123;cpc=ordinary", "+14155550123"),
        ("tel:7042;phone-context=pbx.example", "7042"),
        ("urn:service:sos", "urn:service:sos"),
        ("mailto:alice@example.com", "mailto:alice@example.com"),
        ("http://example.com/alice?x=1", "http://example.com/alice?x=1"),
        ("x:\xfc\x9b", "x:\xfc."),
        ("sip:+14155550123;npdi@127.0.0.1", "sip:+14155550123;npdi@127.0.0.1"),
    ],
)
def test_a_caller_need_not_have_a_sip_uri(uri: str, told: str) -> None:
    seen = outcome({"From": f"<{uri}>;tag=1"})
    assert seen.told()[0] == told
    assert seen.refusals == []


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("tel:+1-415-555-0123;cpc=ordinary", "+14155550123"),
        ("sip:+14155550123;npdi;rn=+14155550000@sbc.example;user=phone", "+14155550123"),
        ("sip:anonymous@anonymous.invalid", "anonymous"),
        ("urn:service:sos", "urn:service:sos"),
    ],
)
def test_a_carriers_caller_is_a_number_however_it_is_written(uri: str, told: str) -> None:
    assert outcome({"From": f"<{uri}>;tag=1"}, CARRIERS).told()[0] == told


@pytest.mark.parametrize(
    "user", ["+14155550100;npdi;rn=+14155550000", "+1-415-555-0100", "+1(415)555.0100;cpc=x", "14155550100"]
)
def test_the_accounts_number_answers_whatever_else_stands_in_the_user_part(user: str) -> None:
    seen = outcome({}, CARRIERS, uri=f"sip:{user}@app.sip.localhost;user=phone")
    assert seen.told()[1] == OURS
    assert [asked.url for asked in seen.small.bookshelf.asked] == ["http://number.test/voice"]


def test_the_accounts_number_answers_where_to_is_a_tel_uri() -> None:
    seen = outcome({"To": "<tel:+1-415-555-0100>"}, CARRIERS, uri="sip:trunk@app.sip.localhost")
    assert seen.told()[1] == OURS


@pytest.mark.parametrize(
    ("from_", "status"),
    [("tel:+1-415-555-0100", 404), ("tel:+1-415-555-0199", 403), ("urn:service:sos", 403)],
)
def test_a_pbx_shows_its_number_as_a_tel_uri(from_: str, status: int) -> None:
    """404 of what comes after it: there is no carrier here that leads to the world."""

    async def scenario() -> Outcome:
        async with small_exchange({}) as small:
            small.store.trunks.known[PBX.sid] = PBX
            small.store.trunks.allowed = (ANYONE,)
            small.store.incoming_phone_numbers.add(NUMBER)
            uri = f"sip:+493012345@{PBX.domain_name}"
            return await invited(small, {"From": f"<{from_}>;tag=1"}, uri)

    assert run(scenario()).status == status


def test_an_invite_that_cannot_be_decided_is_answered_500_and_leaves_a_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Directory, "find_domain", fail)
    seen = outcome({})
    (refusal,) = seen.refusals
    assert (seen.status, refusal.status, refusal.sip_call_id) == (500, 500, "odd@test")
    assert refusal.advice.startswith("Report it")


def test_a_register_that_cannot_be_decided_is_answered_500_and_leaves_a_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("a bug")

    monkeypatch.setattr(Directory, "find_domain", fail)

    async def scenario() -> tuple[int, list[Refusal]]:
        async with small_exchange({}, OFFICE) as small:
            answer = await registered(small, {})
            return answer.status, list(small.store.refusals.history)

    status, (refusal,) = run(scenario())
    assert (status, refusal.status, refusal.method) == (500, 500, "REGISTER")
    assert refusal.advice.startswith("Report it")


TEXT: Final = st.text("abcXYZ019+-.;:@%/?=&()~!*'#\udcff", max_size=12)
SCHEMES: Final = st.sampled_from(
    ["tel", "TEL", "sip", "sips", "urn:service", "mailto", "http", "data", "x", "isub", "pres", ""]
)
ADDRESSES: Final = st.builds(
    lambda scheme, rest, form: form.replace("{}", f"{scheme}:{rest}"),
    SCHEMES,
    TEXT,
    st.sampled_from(["<{}>", "{}", '"A" <{}>;x=y', "<{}", "<{}>, <{}>", "<{}?a=b>;index=1"]),
)
HEADERS: Final = (
    "From",
    "To",
    "Contact",
    "P-Asserted-Identity",
    "Diversion",
    "History-Info",
    "Referred-By",
    "Replaces",
    "Record-Route",
    "Identity",
)


@settings(max_examples=60)
@given(
    fields=st.dictionaries(st.sampled_from(HEADERS), ADDRESSES, min_size=1, max_size=3),
    domain=st.sampled_from([DOMAIN, CARRIERS]),
)
def test_whatever_stands_in_its_headers_an_invite_has_a_final_response_and_no_traceback(
    fields: dict[str, str], domain: SipDomain
) -> None:
    tagged = {name: f"{value};tag=1" if name == "From" else value for name, value in fields.items()}
    seen = outcome(tagged, domain)
    assert seen.status != 500
    assert len(seen.refusals) + len(seen.small.bookshelf.asked) == 1


async def registered(small: SmallExchange, fields: Mapping[str, str]) -> Response:
    """Send a REGISTER with the right password and wait for its final response."""
    said = {name: value.replace("\udcff", "\xff") for name, value in fields.items()}
    named = {**FIELDS, "To": "<sip:bob@app.sip.localhost>", "CSeq": "1 REGISTER", **said}
    request = Request("REGISTER", f"sip:{DOMAIN.domain_name}", Headers(named.items()), b"")
    loop, node = asyncio.get_running_loop(), small.node.addresses[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        async with asyncio.timeout(60):
            while True:
                peer.sendto(request.to_bytes(), (node.host, node.port))
                answer = parse_message(await loop.sock_recv(peer, 65_535), Limits())
                assert isinstance(answer, Response)
                if answer.status != 407:
                    return answer
                again = Headers(
                    (name, f"{value}y" if name == "Via" else value) for name, value in request.headers.fields
                )
                request = answered(
                    Request(request.method, request.request_uri, again, b""),
                    answer.headers.fields,
                    "bob",
                    PASSWORD,
                )


@settings(max_examples=60)
@given(
    fields=st.dictionaries(
        st.sampled_from(["From", "To", "Contact", "Path", "P-Asserted-Identity"]),
        ADDRESSES,
        min_size=1,
        max_size=2,
    )
)
def test_whatever_stands_in_its_headers_a_register_has_a_final_response(fields: dict[str, str]) -> None:
    async def scenario() -> None:
        async with small_exchange({}, OFFICE) as small:
            small.store.sip_domains.users[MappingScope.REGISTRATIONS] = [BOB]
            assert (await registered(small, fields)).status < 500

    run(scenario())


def test_a_register_needs_no_sip_uri_in_from() -> None:
    async def scenario() -> None:
        async with small_exchange({}, OFFICE) as small:
            small.store.sip_domains.users[MappingScope.REGISTRATIONS] = [BOB]
            assert (await registered(small, {"From": "<tel:+14155550100>;tag=1"})).status == 200

    run(scenario())
