"""Real stores for tests, and records to put into them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from offhook.base.redact import Secret
from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import Account, AccountStatus
from offhook.model.call import Call, CallStatus, Direction
from offhook.model.credential import Credential, CredentialList
from offhook.model.notification import LogLevel, Notification
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
async def opened(url: str) -> AsyncIterator[SqlStore]:
    """A store on a database, closed at the end."""
    store = open_store(Settings(url))
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
