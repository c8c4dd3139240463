"""Applications are connected to, by the rules of a call."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from offhook.doctor.finding import Finding, Verdict
from offhook.doctor.webhooks import Webhook, examine_webhooks
from offhook.webhook.settings import Settings
from tests.support.free_port import free_port

TLS = Path(__file__).parents[2] / "support" / "tls"
OURS = Settings(allow_private=True, extra_ca_file=TLS / "ca.pem")


async def look(*urls: str, settings: Settings = OURS) -> list[Finding]:
    return await examine_webhooks([Webhook(url, "office") for url in urls], settings)


def beside_a_server(
    look_at: Callable[[int], Awaitable[list[Finding]]], certificate: str | None = None
) -> Finding:
    """The one finding of a look while a server takes connections; look_at: is given its port."""

    async def whole() -> list[Finding]:
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / certificate)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        async with server:
            return await look_at(server.sockets[0].getsockname()[1])

    (finding,) = asyncio.run(whole())
    return finding


def test_one_finding_for_each_origin() -> None:
    finding = beside_a_server(
        lambda port: look(f"http://127.0.0.1:{port}/voice", f"http://127.0.0.1:{port}/status")
    )

    assert finding.verdict is Verdict.FINE
    assert finding.what.endswith("(of office): takes connections")


def test_nobody_there_is_a_fault() -> None:
    (finding,) = asyncio.run(look(f"http://127.0.0.1:{free_port()}/voice"))

    assert finding.verdict is Verdict.FAULT
    assert finding.what.endswith("Connection refused")


def test_a_private_address_is_a_fault_where_the_settings_forbid_it() -> None:
    forbidding = Settings(allow_private=False)

    finding = beside_a_server(lambda port: look(f"http://127.0.0.1:{port}/voice", settings=forbidding))

    assert finding.verdict is Verdict.FAULT
    assert "allow_private_webhooks" in finding.remedy


@pytest.mark.parametrize(
    ("certificate", "verdict"),
    [("localhost.pem", Verdict.FINE), ("untrusted.pem", Verdict.FAULT), ("expired.pem", Verdict.FAULT)],
)
def test_the_certificate_is_checked(certificate: str, verdict: Verdict) -> None:
    finding = beside_a_server(lambda port: look(f"https://localhost:{port}/voice"), certificate)

    assert finding.verdict is verdict
    assert (verdict is Verdict.FINE) == ("certificate" not in finding.what)


def test_a_url_that_is_none_is_a_fault() -> None:
    (finding,) = asyncio.run(look("ftp://127.0.0.1/voice"))

    assert finding.verdict is Verdict.FAULT
    assert "http://" in finding.what


def test_no_urls_are_nothing_to_worry_about() -> None:
    (finding,) = asyncio.run(look())

    assert finding.verdict is Verdict.FINE
