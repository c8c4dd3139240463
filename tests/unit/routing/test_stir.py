"""Callers whose number is vouched for, is not, or only seems to be, by a CA and signer of the test's own."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from offhook.routing.stir import BrokenIdentityError, Judged, Stir
from offhook.routing.stir_certificates import FAILURE_KEPT_S, FETCHES_MAX, KEPT_S, StirCertificates
from offhook.sip.message import Request
from offhook.webhook.ports import WebhookError
from tests.support.arrival import arrival
from tests.support.shaken import BORN, Carrier, certificate, new_key

CALLER, CALLED = "+15550100300", "+15550100200"
NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def monotonic(self) -> float:
        return self.passed_s

    def utc_now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed_s)


class Files:
    """What is at each URL; counts who asks."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None

    async def fetch_public(self, url: str) -> bytes:
        self.asked.append(url)
        if self.gate is not None:
            await self.gate.wait()
        found = self.files.get("pem")
        if found is None:
            raise WebhookError(11205, "it cannot be reached", url=url)
        return found


def invite(*identities: str, from_: str = CALLER, to: str = CALLED, asserted: str = "") -> Request:
    headers = [("Identity", value) for value in identities]
    if asserted:
        headers.append(("P-Asserted-Identity", asserted))
    request, _ = arrival(
        "INVITE",
        f"sip:{to}@192.0.2.50",
        from_=f"<sip:{from_}@carrier.example>;tag=a",
        headers=headers,
    )
    return request


def judged(request: Request, carrier: Carrier, *, pem: bytes | None = None) -> Judged:
    files, clock = Files(pem=carrier.pem if pem is None else pem), Moment()
    return asyncio.run(Stir(StirCertificates((carrier.ca,), files, clock), clock).judge(request))


@pytest.fixture(scope="module")
def carrier() -> Carrier:
    return Carrier()


@pytest.mark.parametrize("attest", ["A", "B", "C"])
def test_a_caller_who_is_vouched_for_passes(carrier: Carrier, attest: str) -> None:
    identity = carrier.identity("15550100300", "15550100200", NOW, attest=attest)
    assert judged(invite(identity), carrier) == Judged(f"TN-Validation-Passed-{attest}")


def test_the_asserted_identity_is_a_caller_too(carrier: Carrier) -> None:
    identity = carrier.identity("15550100300", "15550100200", NOW)
    for asserted in ("<sip:+15550100300@carrier.example>", "<tel:+1-555-010-0300>"):
        request = invite(identity, from_="anonymous", asserted=asserted)
        assert judged(request, carrier).verstat == "TN-Validation-Passed-A"


@pytest.mark.parametrize("identities", [(), ("a.b.c;ppt=div",)])
def test_nobody_vouches_for_a_call_without_a_shaken_passport(
    carrier: Carrier, identities: tuple[str, ...]
) -> None:
    assert judged(invite(*identities), carrier) == Judged("No-TN-Validation")


def test_what_is_no_passport_is_broken(carrier: Carrier) -> None:
    with pytest.raises(BrokenIdentityError) as caught:
        judged(invite("a.b.c;ppt=shaken"), carrier)
    assert caught.value.status == 438


@pytest.mark.parametrize(
    ("orig", "dest", "seconds", "why"),
    [
        ("15550100999", "15550100200", 0, "another caller"),
        ("15550100300", "15550100999", 0, "another number"),
        ("15550100300", "15550100200", -61, "61 s old"),
        ("15550100300", "15550100200", 61, "-61 s old"),
    ],
)
def test_a_passport_that_does_not_fit_the_call_fails(
    carrier: Carrier, orig: str, dest: str, seconds: int, why: str
) -> None:
    identity = carrier.identity(orig, dest, NOW + timedelta(seconds=seconds), attest="B")
    found = judged(invite(identity), carrier)
    assert (found.verstat, why in found.failure) == ("TN-Validation-Failed-B", True)


def good(carrier: Carrier) -> Request:
    return invite(carrier.identity("15550100300", "15550100200", NOW))


def test_a_signature_of_another_key_fails(carrier: Carrier) -> None:
    other = Carrier(ca_key=carrier.ca_key)
    found = judged(good(other), carrier)
    assert (found.verstat, "signature" in found.failure) == ("TN-Validation-Failed-A", True)


def test_a_payload_that_was_changed_fails(carrier: Carrier) -> None:
    one = carrier.identity("15550100300", "15550100200", NOW, attest="C")
    other = carrier.identity("15550100300", "15550100200", NOW, attest="A")
    head, payload = other.split(".")[:2]
    found = judged(invite(f"{head}.{payload}.{one.split('.', 2)[2]}"), carrier)
    assert found.verstat == "TN-Validation-Failed-A"


def test_a_chain_of_two_leads_to_the_ca(carrier: Carrier) -> None:
    between_key, key = new_key(), new_key()
    between = certificate("Between", between_key, (carrier.ca, carrier.ca_key), is_ca=True)
    leaf = certificate("Leaf", key, (between, between_key), is_for_numbers=True)
    signer = Carrier(key=key)
    pem = leaf.public_bytes(Encoding.PEM) + between.public_bytes(Encoding.PEM)
    assert judged(good(signer), carrier, pem=pem).verstat == "TN-Validation-Passed-A"


def chains(carrier: Carrier) -> dict[str, tuple[bytes, Carrier]]:
    """PEM files that lead to no trusted key, by why, each with who signs by them."""
    issuer = (carrier.ca, carrier.ca_key)
    keys = [new_key() for _ in range(4)]
    not_a_ca = certificate("Leaf as CA", keys[0], issuer, is_for_numbers=True)
    below = certificate("Below", keys[1], (not_a_ca, keys[0]), is_for_numbers=True)
    expired = certificate("Old", keys[2], issuer, is_for_numbers=True, days=30)
    for_hosts = certificate("Host", keys[3], issuer)
    return {
        "leads to no CA": (Carrier(ca_key=new_key()).pem, Carrier()),
        "leads to no CA of": (
            below.public_bytes(Encoding.PEM) + not_a_ca.public_bytes(Encoding.PEM),
            Carrier(key=keys[1]),
        ),
        "not valid now": (expired.public_bytes(Encoding.PEM), Carrier(key=keys[2])),
        "no TNAuthList": (for_hosts.public_bytes(Encoding.PEM), Carrier(key=keys[3])),
        "no certificate at": (b"a letter to my aunt", carrier),
        "more than 5 certificates": (carrier.pem * 6, carrier),
    }


@pytest.mark.parametrize(
    "why",
    [
        "leads to no CA",
        "leads to no CA of",
        "not valid now",
        "no TNAuthList",
        "no certificate at",
        "more than 5 certificates",
    ],
)
def test_a_certificate_that_cannot_be_trusted_fails(carrier: Carrier, why: str) -> None:
    pem, signer = chains(carrier)[why]
    found = judged(good(signer), carrier, pem=pem)
    assert (found.verstat, why in found.failure) == ("TN-Validation-Failed-A", True), found


def test_a_certificate_is_fetched_over_https_alone(carrier: Carrier) -> None:
    plain = Carrier(ca_key=carrier.ca_key, key=carrier.key, x5u="http://127.0.0.1/a.pem")
    found = judged(good(plain), carrier)
    assert "is no https URL" in found.failure


def test_a_certificate_is_fetched_once_and_again_after_an_hour(carrier: Carrier) -> None:
    clock, files = Moment(), Files(pem=carrier.pem)
    stir = Stir(StirCertificates((carrier.ca,), files, clock), clock)

    async def run() -> None:
        for _ in range(3):
            await stir.judge(good(carrier))
        assert len(files.asked) == 1
        clock.passed_s = KEPT_S + 1
        again = carrier.identity("15550100300", "15550100200", clock.utc_now())
        assert (await stir.judge(invite(again))).verstat == "TN-Validation-Passed-A"
        assert len(files.asked) == 2

    asyncio.run(run())


def test_a_failure_is_kept_for_a_minute(carrier: Carrier) -> None:
    clock, files = Moment(), Files()
    stir = Stir(StirCertificates((carrier.ca,), files, clock), clock)

    async def run() -> None:
        for _ in range(3):
            found = await stir.judge(good(carrier))
            assert "cannot be reached" in found.failure
        assert len(files.asked) == 1
        clock.passed_s = FAILURE_KEPT_S + 1
        files.files["pem"] = carrier.pem
        again = carrier.identity("15550100300", "15550100200", clock.utc_now())
        assert (await stir.judge(invite(again))).verstat == "TN-Validation-Passed-A"

    asyncio.run(run())


def test_many_callers_of_one_url_ask_once_and_many_urls_are_bounded(carrier: Carrier) -> None:
    clock, files = Moment(), Files(pem=carrier.pem)
    stir = Stir(StirCertificates((carrier.ca,), files, clock), clock)

    async def run() -> None:
        files.gate = asyncio.Event()
        same = [asyncio.create_task(stir.judge(good(carrier))) for _ in range(5)]
        urls = [f"https://cert{n}.example/a.pem" for n in range(FETCHES_MAX + 4)]
        others = [
            asyncio.create_task(stir.judge(good(Carrier(ca_key=carrier.ca_key, key=carrier.key, x5u=url))))
            for url in urls
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(files.asked) == FETCHES_MAX
        files.gate.set()
        assert {found.verstat for found in await asyncio.gather(*same)} == {"TN-Validation-Passed-A"}
        refused = [found for found in await asyncio.gather(*others) if "already" in found.failure]
        assert len(refused) == 5
        assert files.asked.count(carrier.x5u) == 1

    asyncio.run(run())


def test_the_certificates_of_the_test_are_valid_now() -> None:
    assert BORN < NOW
