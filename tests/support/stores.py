"""Real stores for tests, and records to put into them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from offhook.base.redact import Secret
from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import Account, AccountStatus
from offhook.model.application import Application
from offhook.model.binding import Binding, BindingFlow
from offhook.model.call import Call, CallStatus, Direction
from offhook.model.conference import Conference, ConferenceStatus
from offhook.model.credential import Credential, CredentialList
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.notification import LogLevel, Notification
from offhook.model.recording import Recording, RecordingSource, RecordingStatus
from offhook.model.refusal import Refusal
from offhook.model.sip_domain import SipDomain
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.store.database import SqlStore, open_store
from offhook.store.settings import Settings

BORN = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
ACCOUNT = "AC" + "1" * 32
OTHER_ACCOUNT = "AC" + "2" * 32
REALM = "sip.localhost"
PASSWORD = "Correct-Horse-1"


@asynccontextmanager
async def opened(url: str, node: str = "") -> AsyncIterator[SqlStore]:
    """A store on a database, closed at the end. node: whose it is."""
    store = open_store(Settings(url, node=node))
    try:
        yield store
    finally:
        await store.close()


def numbered(prefix: str, number: int) -> str:
    """A Sid that sorts by its number."""
    return f"{prefix}{number:032x}"


def account(sid: str = ACCOUNT, *, minutes: int = 0) -> Account:
    """An active account, born so many minutes after the others."""
    born = BORN + timedelta(minutes=minutes)
    return Account(sid, "Somebody", Secret("t" * 32), AccountStatus.ACTIVE, born, born)


def call(number: int = 1, *, account_sid: str = ACCOUNT, seconds: float = 0) -> Call:
    """A call that rings since so many seconds after BORN."""
    at = BORN + timedelta(seconds=seconds)
    return Call(
        sid=numbered("CA", number),
        account_sid=account_sid,
        direction=Direction.INBOUND,
        to="sip:help@office.sip.localhost",
        from_="sip:alice@192.0.2.7",
        status=CallStatus.RINGING,
        created_at=at,
        updated_at=at,
        started_at=at,
        sip_call_id=f"{number}@192.0.2.7",
    )


def notification(number: int = 1, *, call_sid: str | None = None, seconds: float = 0) -> Notification:
    """An error about a webhook, so many seconds after BORN."""
    return Notification(
        sid=numbered("NO", number),
        account_sid=ACCOUNT,
        call_sid=call_sid,
        error_code=11200,
        log=LogLevel.ERROR,
        message_text="HTTP retrieval failure",
        message_date=BORN + timedelta(seconds=seconds),
        request_method="POST",
        request_url="http://localhost:3000/voice",
    )


def sip_domain(
    number: int = 1, *, name: str = "office.sip.localhost", account_sid: str = ACCOUNT
) -> SipDomain:
    """A domain with nothing mapped to it."""
    return SipDomain(
        sid=numbered("SD", number),
        account_sid=account_sid,
        domain_name=name,
        friendly_name="Office",
        voice_url="http://localhost:3000/voice",
        created_at=BORN,
        updated_at=BORN,
    )


def access_list(
    number: int = 1, *, name: str = "Desks", account_sid: str = ACCOUNT, seconds: float = 0
) -> IpAccessControlList:
    """An empty access list."""
    at = BORN + timedelta(seconds=seconds)
    return IpAccessControlList(numbered("AL", number), account_sid, name, at, at)


def address(number: int = 1, *, ip: str = "192.0.2.7", prefix: int = 32, acl: int = 1) -> IpAddress:
    """An entry of an access list."""
    return IpAddress(
        numbered("IP", number), ACCOUNT, numbered("AL", acl), "Alice's desk", ip, prefix, BORN, BORN
    )


def credential_list(
    number: int = 1, *, name: str = "Phones", account_sid: str = ACCOUNT, seconds: float = 0
) -> CredentialList:
    """An empty credential list."""
    at = BORN + timedelta(seconds=seconds)
    return CredentialList(numbered("CL", number), account_sid, name, at, at)


def credential(
    number: int = 1, *, username: str = "alice", password: str = PASSWORD, users: int = 1
) -> Credential:
    """A user of a credential list, with a password for REALM."""
    md5, sha256 = (
        Secret(ha1(username, REALM, password, algorithm)) for algorithm in (Algorithm.MD5, Algorithm.SHA_256)
    )
    return Credential(
        numbered("CR", number), ACCOUNT, numbered("CL", users), username, md5, sha256, BORN, BORN
    )


def application(number: int = 1, *, account_sid: str = ACCOUNT, seconds: float = 0) -> Application:
    """An application with a Voice URL, made so many seconds after BORN."""
    at = BORN + timedelta(seconds=seconds)
    return Application(
        numbered("AP", number), account_sid, f"App {number}", at, at, voice_url="http://localhost:3000/voice"
    )


def phone_number(number: int = 1, *, account_sid: str = ACCOUNT, seconds: float = 0) -> IncomingPhoneNumber:
    """A number of the node's own, made so many seconds after BORN."""
    at = BORN + timedelta(seconds=seconds)
    return IncomingPhoneNumber(
        sid=numbered("PN", number),
        account_sid=account_sid,
        phone_number=f"+1555123{number:04}",
        friendly_name=f"(555) 123-{number:04}",
        created_at=at,
        updated_at=at,
        voice_url="http://localhost:3000/voice",
    )


def conference(number: int = 1, *, account_sid: str = ACCOUNT) -> Conference:
    """One that has begun so many hours after BORN."""
    at = BORN + timedelta(hours=number)
    return Conference(
        sid=numbered("CF", number),
        account_sid=account_sid,
        friendly_name=f"room {number} \N{SNOWMAN}",
        status=ConferenceStatus.INIT,
        created_at=at,
        updated_at=at,
    )


def recording(
    number: int = 1, *, call_sid: str | None = None, account_sid: str = ACCOUNT, seconds: float = 0
) -> Recording:
    """A mono recording of three seconds that is complete, begun so many seconds after BORN."""
    at = BORN + timedelta(seconds=seconds)
    return Recording(
        sid=numbered("RE", number),
        account_sid=account_sid,
        call_sid=call_sid or numbered("CA", 1),
        source=RecordingSource.RECORD_VERB,
        status=RecordingStatus.COMPLETED,
        created_at=at,
        updated_at=at,
        started_at=at,
        duration_s=3,
    )


def binding(
    number: int = 1, *, username: str = "alice", seconds: float = 0, lasts_s: float = 3600
) -> Binding:
    """A registered phone behind a NAT, refreshed so many seconds after BORN."""
    at = BORN + timedelta(seconds=seconds)
    return Binding(
        sid=numbered("RG", number),
        account_sid=ACCOUNT,
        domain_sid=numbered("SD", 1),
        username=username,
        contact=f"sip:{username}@10.0.0.{number % 256}:5062",
        path=(),
        flow=BindingFlow("UDP", "192.0.2.50", 5060, "203.0.113.9", 40_000 + number, "192.0.2.50", 5060, 0),
        expires_at=at + timedelta(seconds=lasts_s),
        call_id=f"{number}@10.0.0.{number}",
        cseq=number,
        user_agent="Phone/1.0",
        instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>",
        reg_id=1,
        created_at=at,
        updated_at=at,
    )


def refusal(
    number: int = 1,
    *,
    seconds: float = 0,
    source: str = "203.0.113.9",
    domain: str = "office.sip.localhost",
    code: int | None = 32201,
    account_sid: str | None = ACCOUNT,
) -> Refusal:
    """An INVITE from an address that is not listed, so many seconds after BORN."""
    at = BORN + timedelta(seconds=seconds)
    return Refusal(
        sid=numbered("RF", number),
        account_sid=account_sid,
        first_at=at,
        last_at=at,
        source=source,
        transport="UDP",
        method="INVITE",
        request_uri=f"sip:help@{domain}",
        from_="<sip:eve@203.0.113.9>;tag=1",
        sip_call_id=f"{number}@{source}",
        domain=domain,
        matched=f"{source} against 1 listed addresses of {domain}",
        nearly="",
        status=403,
        code=code,
        text="Authentication failure - source IP Address not in ACL",
    )
