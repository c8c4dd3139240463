"""A node that registers at a carrier, Kamailio: shown, called by it and calling by it, gone when it stops."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import running_baresip
from tests.support.free_port import free_port
from tests.support.kamailio import running_carrier
from tests.support.node import Node, running_node
from tests.support.sdk import downloaded, sdk_client
from tests.support.sipp import answering, play
from tests.support.sound import level, mu_law, read_tracks, read_wav, tone

pytestmark = pytest.mark.peer

ACCOUNT, PASSWORD, DID, CALLED, HZ = "4930111", "Correct-Horse-7", "+15550100300", "+49301234567", 440
LIMIT_S: Final = 20.0


@dataclass(frozen=True)
class Company:
    """A node with an account at a carrier."""

    node: Node
    application: WebApplication
    carrier_port: int
    callee_port: int
    trunk_sid: str

    def registration(self, method: str = "GET", **form: str) -> dict[str, Any]:
        """What `/offhook/v1` says of it, and what it is told."""
        path = f"{self.node.base_url}/offhook/v1/ByocTrunks/{self.trunk_sid}/Registration"
        answer = sdk_client(self.node).request(method, path, data=form or None)
        assert answer.status_code in (200, 201), answer.text
        said: dict[str, Any] = json.loads(answer.text)
        return said

    def wait_for(self, status: str) -> dict[str, Any]:
        """Ask until it stands so: nobody is told by the API."""
        limit = time.monotonic() + LIMIT_S
        while (said := self.registration())["status"] != status:
            assert time.monotonic() < limit, said
            time.sleep(0.05)
        return said


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    callee = free_port()
    with (
        running_application({"/done": "<Response><Hangup/></Response>"}) as application,
        running_carrier(
            tmp_path_factory.mktemp("carrier"), account=ACCOUNT, password=PASSWORD, did=DID, callee=callee
        ) as port,
        running_company(tmp_path_factory.mktemp("node"), application, port, callee) as company,
    ):
        yield company


@contextmanager
def running_company(
    folder: Path, application: WebApplication, carrier_port: int, callee_port: int
) -> Iterator[Company]:
    voice_url = f"{application.base_url}/voice"
    with running_node(folder, "--voice-url", voice_url, default_trunk="Carrier") as node:
        sdk = sdk_client(node)
        sdk.incoming_phone_numbers.create(phone_number=DID)
        domain = sdk.sip.domains.create("carrier.sip.localhost")
        trunk = sdk.voice.v1.byoc_trunks.create(
            friendly_name="Carrier", voice_url=f"{application.base_url}/trunk", from_domain_sid=domain.sid
        )
        company = Company(node, application, carrier_port, callee_port, trunk.sid)
        made = company.registration(
            "POST",
            Registrar="sip:carrier.test;x=1",
            Proxy=f"sip:127.0.0.1:{carrier_port}",
            Username=ACCOUNT,
            Password=PASSWORD,
        )
        assert (made["username"], "password" in made) == (ACCOUNT, False)
        yield company


def says(folder: Path) -> Path:
    folder.mkdir()
    (folder / "tone.ul").write_bytes(mu_law(tone(HZ)))
    return folder


def test_the_registration_is_shown_and_a_wrong_password_is_told(company: Company) -> None:
    said = company.wait_for("registered")
    assert (said["registrar"], said["sip_status"], said["expires"]) == ("sip:carrier.test;x=1", 200, 600)
    assert said["date_expires"] is not None
    company.registration("POST", Password="Wrong-Horse-7")
    said = company.wait_for("failed")
    assert (said["sip_status"], said["date_expires"]) == (401, None)
    assert said["date_retry"] is not None
    company.registration("POST", Password=PASSWORD)
    company.wait_for("registered")


def test_the_carrier_calls_the_account_and_is_heard(company: Company, tmp_path: Path) -> None:
    company.wait_for("registered")
    application = company.application
    application.documents["/trunk"] = "<Response><Record maxLength='2' action='/done'/></Response>"
    play("carrier_calls", company.carrier_port, says(tmp_path / "caller"), domain="carrier.test", service=DID)
    asked, done = application.next_request(), application.next_request().form
    assert (asked.path, asked.form["To"], asked.form["From"]) == ("/trunk", DID, "+442071838750")
    (heard,) = read_tracks(downloaded(company.node, done["RecordingUrl"]))
    assert level(heard, HZ) > 0.9


def test_a_call_out_answers_the_carriers_challenge_and_is_heard(company: Company, tmp_path: Path) -> None:
    company.wait_for("registered")
    application, node = company.application, company.node
    dial = f"<Dial action='/done' callerId='{DID}' timeLimit='3'>{CALLED}</Dial>"
    application.documents["/voice"] = f"<Response>{dial}</Response>"
    with (
        answering("carrier_answers", says(tmp_path / "callee"), port=company.callee_port),
        running_baresip(tmp_path / "caller", outbound=f"sip:127.0.0.1:{node.sip_port}") as caller,
    ):
        caller.dial("sip:anyone@app.sip.localhost")
        assert application.next_request().path == "/voice"
        done = application.next_request().form
        caller.wait_closed()
        assert level(read_wav(caller.heard()), HZ) > 0.9
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "true")


def test_a_node_that_stops_is_forgotten_and_one_that_starts_is_registered(tmp_path: Path) -> None:
    callee = free_port()
    with (
        running_application({}) as application,
        running_carrier(
            tmp_path / "carrier", account=ACCOUNT, password=PASSWORD, did=DID, callee=callee
        ) as port,
    ):
        with running_company(tmp_path, application, port, callee) as company:
            company.wait_for("registered")
        play("refused_480", port, tmp_path, domain="carrier.test", service=DID)
        with running_node(tmp_path) as node:
            Company(node, application, port, callee, company.trunk_sid).wait_for("registered")
