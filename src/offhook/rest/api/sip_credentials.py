"""Users in a credential list (reference/rest-api 2.9, 3.6, 4.3).

Of a password only its hashes with the node's realm are stored, so that it can be changed and never be read.
"""

import re
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.base.redact import Secret
from offhook.model.credential import Credential
from offhook.rest.api.sip_credential_lists import CREDENTIAL_LISTS
from offhook.rest.errors import ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.store.ports import DuplicateError, UnknownRecordError

INVALID: Final = 21243
TOO_MANY: Final = 21242
PASSWORD_LONGEST: Final = 256
"""Ours; Twilio names no longest password."""
_USERNAME: Final = re.compile(r'[^\x00-\x1f\x7f":\\<>@\s]{1,32}\Z')
"""What digest or a SIP URI could not carry is left out: RFC 7616 §3.4.2 parts names at the colon."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def username(value: str) -> str:
    """1 to 32 characters."""
    if not _USERNAME.match(value):
        raise ValueError('it must have 1 to 32 characters, without spaces and none of : " \\ < > @')
    return value


def password(value: str) -> Secret:
    """12 characters or more, a digit, a capital and a small letter among them."""
    if not 12 <= len(value) <= PASSWORD_LONGEST:
        raise ValueError(f"it must have 12 to {PASSWORD_LONGEST} characters")
    if _CONTROL.search(value):
        raise ValueError("it contains control characters")
    kinds = (str.isdigit, str.isupper, str.islower)
    if not all(any(kind(character) for character in value) for kind in kinds):
        raise ValueError("it must have at least one digit, one upper-case and one lower-case letter")
    return Secret(value)


USERNAME: Final = Parameter("Username", username, INVALID, "")
PASSWORD: Final[Parameter[Secret | None]] = Parameter("Password", password, INVALID, None)


async def list_credentials(request: ApiRequest) -> Answer:
    """GET: the users of a list."""
    users = await CREDENTIAL_LISTS.in_path(request, "CredentialListSid")
    lists = request.services.store.credential_lists
    page = await lists.credentials(request.account_sid, users.sid, page_request(request.values))
    return Answer(200, represent("credentials", page, request.links, representation, by_creation))


async def create_credential(request: ApiRequest) -> Answer:
    """POST: one more user."""
    users = await CREDENTIAL_LISTS.in_path(request, "CredentialListSid")
    lists = request.services.store.credential_lists
    most = request.services.limits.credentials
    if await lists.count_credentials(request.account_sid, users.sid) >= most:
        raise ApiError(TOO_MANY, f"Credential Lists cannot contain more than {most} Credentials")
    now = request.services.clock.utc_now()
    name = request.values[USERNAME]
    md5, sha256 = _hashes(request, name, request.values[PASSWORD])
    credential = Credential(
        sid=new_sid("CR", request.services.chance),
        account_sid=request.account_sid,
        credential_list_sid=users.sid,
        username=name,
        ha1_md5=md5,
        ha1_sha256=sha256,
        created_at=now,
        updated_at=now,
    )
    try:
        await lists.insert_credential(credential)
    except DuplicateError as error:
        raise ApiError(INVALID, "The Credential List already contains that Username") from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(201, representation(credential))


async def fetch_credential(request: ApiRequest) -> Answer:
    """GET: one user."""
    return Answer(200, representation(await _credential_in_path(request)))


async def update_credential(request: ApiRequest) -> Answer:
    """POST: another password; nothing else can change."""
    credential = await _credential_in_path(request)
    sent = request.values[PASSWORD]
    if sent is not None:
        md5, sha256 = _hashes(request, credential.username, sent)
        credential = replace(credential, ha1_md5=md5, ha1_sha256=sha256)
    changed = replace(credential, updated_at=request.services.clock.utc_now())
    try:
        await request.services.store.credential_lists.update_credential(changed)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed))


async def delete_credential(request: ApiRequest) -> Answer:
    """DELETE: one user."""
    lists = request.services.store.credential_lists
    list_sid, sid = request.segments["CredentialListSid"], request.segments["Sid"]
    if not await lists.delete_credential(request.account_sid, list_sid, sid):
        raise request.not_found()
    return Answer(204)


async def _credential_in_path(request: ApiRequest) -> Credential:
    credential = await request.services.store.credential_lists.fetch_credential(
        request.account_sid, request.segments["CredentialListSid"], request.segments["Sid"]
    )
    if credential is None:
        raise request.not_found()
    return credential


def _hashes(request: ApiRequest, name: str, sent: Secret | None) -> tuple[Secret, Secret]:
    """What is stored in place of a password: HA1 for MD5 and for SHA-256."""
    if sent is None:
        raise ApiError(INVALID, "Invalid Password: Password is required")
    realm, clear = request.services.realm, sent.reveal()
    return Secret(ha1(name, realm, clear, Algorithm.MD5)), Secret(ha1(name, realm, clear, Algorithm.SHA_256))


def representation(credential: Credential) -> Representation:
    """The resource as the API shows it, without a trace of the password."""
    return Representation(
        "Credential",
        {
            "sid": credential.sid,
            "account_sid": credential.account_sid,
            "credential_list_sid": credential.credential_list_sid,
            "username": credential.username,
            "date_created": date(credential.created_at),
            "date_updated": date(credential.updated_at),
            "uri": uri(
                credential.account_sid,
                "SIP",
                "CredentialLists",
                credential.credential_list_sid,
                "Credentials",
                credential.sid,
            ),
        },
    )


_PATH: Final = "/Accounts/{AccountSid}/SIP/CredentialLists/{CredentialListSid}/Credentials"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_credentials, paged()),
    Operation(
        "POST",
        _PATH,
        create_credential,
        ParameterTable(USERNAME, PASSWORD, required=(USERNAME, PASSWORD)),
    ),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_credential),
    Operation("POST", f"{_PATH}/{{Sid}}", update_credential, ParameterTable(PASSWORD)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_credential),
)
