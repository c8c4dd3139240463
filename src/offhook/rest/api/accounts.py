"""Accounts (reference/rest-api 2.1, 3.7, 4.4).

Left out: subaccounts, so the list holds the caller's own account only, and its status cannot change.
"""

from dataclasses import replace
from typing import Final

from offhook.model.account import Account, AccountStatus
from offhook.rest.errors import INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, text, word
from offhook.rest.representation import BASE, Representation, date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import Page

FRIENDLY_NAME: Final[Parameter[str | None]] = Parameter("FriendlyName", text(64), INVALID_PARAMETER, None)
STATUS: Final[Parameter[AccountStatus | None]] = Parameter(
    "Status", word(AccountStatus), INVALID_PARAMETER, None
)
NEW_NAME: Final = Parameter("FriendlyName", text(64), NAME_LENGTH, "")
NEW_STATUS: Final[Parameter[AccountStatus | None]] = Parameter("Status", word(AccountStatus), 21475, None)
STATUS_OF_PARENT: Final = 21477

_SUBRESOURCES: Final = {
    "available_phone_numbers": "AvailablePhoneNumbers",
    "calls": "Calls",
    "conferences": "Conferences",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "notifications": "Notifications",
    "outgoing_caller_ids": "OutgoingCallerIds",
    "recordings": "Recordings",
    "transcriptions": "Transcriptions",
    "addresses": "Addresses",
    "signing_keys": "SigningKeys",
    "connect_apps": "ConnectApps",
    "sip": "SIP",
    "authorized_connect_apps": "AuthorizedConnectApps",
    "usage": "Usage",
    "keys": "Keys",
    "applications": "Applications",
    "short_codes": "SMS/ShortCodes",
    "queues": "Queues",
    "messages": "Messages",
    "balance": "Balance",
}
"""The links that every account shows, whether served or not."""


async def list_accounts(request: ApiRequest) -> Answer:
    """GET: the account itself, unless a filter excludes it or another page is wanted."""
    account, values = request.account, request.values
    wanted = page_request(values)
    matches = values[FRIENDLY_NAME] in (None, account.friendly_name) and values[STATUS] in (
        None,
        account.status,
    )
    is_first = wanted.before is None and wanted.after is None
    page = Page([account] if matches and is_first else [], has_older=False, has_newer=False)
    return Answer(200, represent("accounts", page, request.links, representation, by_creation))


async def fetch_account(request: ApiRequest) -> Answer:
    """GET: the account."""
    return Answer(200, representation(request.account))


async def update_account(request: ApiRequest) -> Answer:
    """POST: another name. The status is that of a main account, which only the operator can change."""
    account, values = request.account, request.values
    if values[NEW_STATUS] not in (None, account.status):
        raise ApiError(STATUS_OF_PARENT, "The status of a parent account cannot be changed")
    now = request.services.clock.utc_now()
    changed = replace(account, friendly_name=values.get(NEW_NAME, account.friendly_name), updated_at=now)
    await request.services.store.accounts.save(changed)
    return Answer(200, representation(changed))


def representation(account: Account) -> Representation:
    """The resource as the API shows it, its AuthToken included, which the caller has already."""
    path = f"{BASE}/Accounts/{account.sid}"
    return Representation(
        "Account",
        {
            "sid": account.sid,
            "owner_account_sid": account.sid,
            "friendly_name": account.friendly_name,
            "status": account.status.value,
            "type": "Full",
            "auth_token": account.auth_token.reveal(),
            "date_created": date(account.created_at),
            "date_updated": date(account.updated_at),
            "uri": f"{path}.json",
            "subresource_uris": {key: f"{path}/{name}.json" for key, name in _SUBRESOURCES.items()},
        },
    )


OPERATIONS: Final = (
    Operation("GET", "/Accounts", list_accounts, paged(FRIENDLY_NAME, STATUS)),
    Operation("GET", "/Accounts/{AccountSid}", fetch_account),
    Operation("POST", "/Accounts/{AccountSid}", update_account, ParameterTable(NEW_NAME, NEW_STATUS)),
)
