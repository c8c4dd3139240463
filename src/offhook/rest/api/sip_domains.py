"""SIP Domains (reference/rest-api 2.8, 3.5, 4.3).

Left out: emergency calling; the Sid of its number is stored.
"""

from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.sip_domain import API_VERSION, SipDomain
from offhook.rest.errors import ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, boolean, http_method, http_url, sid, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.routing.sip_domain import NAME_MAX, DomainNames, normal
from offhook.store.ports import DuplicateError, PageRequest, UnknownRecordError

INVALID: Final = 21231
"""One of the parameters is wrong."""
TAKEN: Final = 21232
"""The name is in use, or below a domain that the account does not own."""
HAS_SUBDOMAINS: Final = 21233
TOO_MANY: Final = 21230

DOMAIN_NAME: Final = Parameter("DomainName", text(NAME_MAX), INVALID, "", complaint="Invalid Domain Name")
FRIENDLY_NAME: Final = Parameter("FriendlyName", text(64), INVALID, "", is_clearable=True)
VOICE_URL: Final[Parameter[str | None]] = Parameter("VoiceUrl", http_url, INVALID, None, is_clearable=True)
VOICE_METHOD: Final = Parameter("VoiceMethod", http_method, INVALID, "POST")
VOICE_FALLBACK_URL: Final[Parameter[str | None]] = Parameter(
    "VoiceFallbackUrl", http_url, INVALID, None, is_clearable=True
)
VOICE_FALLBACK_METHOD: Final = Parameter("VoiceFallbackMethod", http_method, INVALID, "POST")
VOICE_STATUS_CALLBACK_URL: Final[Parameter[str | None]] = Parameter(
    "VoiceStatusCallbackUrl", http_url, INVALID, None, is_clearable=True
)
VOICE_STATUS_CALLBACK_METHOD: Final = Parameter("VoiceStatusCallbackMethod", http_method, INVALID, "POST")
SIP_REGISTRATION: Final = Parameter("SipRegistration", boolean, INVALID, default=False)
EMERGENCY_CALLING_ENABLED: Final = Parameter("EmergencyCallingEnabled", boolean, INVALID, default=False)
SECURE: Final = Parameter("Secure", boolean, INVALID, default=False)
BYOC_TRUNK_SID: Final[Parameter[str | None]] = Parameter(
    "ByocTrunkSid", sid("BY"), INVALID, None, is_clearable=True
)
EMERGENCY_CALLER_SID: Final[Parameter[str | None]] = Parameter(
    "EmergencyCallerSid", sid("PN"), INVALID, None, is_clearable=True
)
_SETTINGS: Final = (
    FRIENDLY_NAME,
    VOICE_URL,
    VOICE_METHOD,
    VOICE_FALLBACK_URL,
    VOICE_FALLBACK_METHOD,
    VOICE_STATUS_CALLBACK_URL,
    VOICE_STATUS_CALLBACK_METHOD,
    SIP_REGISTRATION,
    EMERGENCY_CALLING_ENABLED,
    SECURE,
    BYOC_TRUNK_SID,
    EMERGENCY_CALLER_SID,
)


async def list_domains(request: ApiRequest) -> Answer:
    """GET: the account's domains."""
    page = await request.services.store.sip_domains.list(request.account_sid, page_request(request.values))
    return Answer(200, represent("domains", page, request.links, representation, by_creation))


async def create_domain(request: ApiRequest) -> Answer:
    """POST: a new domain."""
    domains = request.services.store.sip_domains
    most = request.services.limits.sip_domains
    if await domains.count(request.account_sid) >= most:
        raise ApiError(TOO_MANY, f"An account cannot have more than {most} domains")
    now = request.services.clock.utc_now()
    blank = SipDomain(
        sid=new_sid("SD", request.services.chance),
        account_sid=request.account_sid,
        domain_name=await _free_name(request, None),
        created_at=now,
        updated_at=now,
    )
    domain = await _changed(blank, request)
    try:
        await domains.insert(domain)
    except DuplicateError as error:
        raise _taken() from error
    return Answer(201, representation(domain))


async def fetch_domain(request: ApiRequest) -> Answer:
    """GET: one domain."""
    return Answer(200, representation(await domain_in_path(request, "Sid")))


async def update_domain(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    domain = await domain_in_path(request, "Sid")
    if request.values[DOMAIN_NAME]:
        name = await _free_name(request, domain)
        if name != domain.domain_name:
            await _without_subdomains(request, domain, "rename")
            domain = replace(domain, domain_name=name)
    domain = replace(await _changed(domain, request), updated_at=request.services.clock.utc_now())
    try:
        await request.services.store.sip_domains.update(domain)
    except DuplicateError as error:
        raise _taken() from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(domain))


async def delete_domain(request: ApiRequest) -> Answer:
    """DELETE: with its mappings; the lists stay."""
    domain = await domain_in_path(request, "Sid")
    await _without_subdomains(request, domain, "delete")
    if not await request.services.store.sip_domains.delete(request.account_sid, domain.sid):
        raise request.not_found()
    return Answer(204)


async def domain_in_path(request: ApiRequest, segment: str) -> SipDomain:
    """The domain that a segment of the path names. Raises: ApiError 20404."""
    domain = await request.services.store.sip_domains.fetch(request.account_sid, request.segments[segment])
    if domain is None:
        raise request.not_found()
    return domain


def representation(domain: SipDomain) -> Representation:
    """The resource as the API shows it."""
    account, sid_ = domain.account_sid, domain.sid
    return Representation(
        "Domain",
        {
            "sid": sid_,
            "account_sid": account,
            "api_version": API_VERSION,
            "auth_type": domain.auth_type,
            "domain_name": domain.domain_name,
            "friendly_name": domain.friendly_name,
            "date_created": date(domain.created_at),
            "date_updated": date(domain.updated_at),
            "voice_url": domain.voice_url,
            "voice_method": domain.voice_method,
            "voice_fallback_url": domain.voice_fallback_url,
            "voice_fallback_method": domain.voice_fallback_method,
            "voice_status_callback_url": domain.voice_status_callback_url,
            "voice_status_callback_method": domain.voice_status_callback_method,
            "sip_registration": domain.sip_registration,
            "secure": domain.secure,
            "emergency_calling_enabled": domain.emergency_calling_enabled,
            "emergency_caller_sid": domain.emergency_caller_sid,
            "byoc_trunk_sid": domain.byoc_trunk_sid,
            "uri": uri(account, "SIP", "Domains", sid_),
            "subresource_uris": {
                "credential_list_mappings": uri(account, "SIP", "Domains", sid_, "CredentialListMappings"),
                "ip_access_control_list_mappings": uri(
                    account, "SIP", "Domains", sid_, "IpAccessControlListMappings"
                ),
            },
        },
    )


async def _changed(domain: SipDomain, request: ApiRequest) -> SipDomain:
    """The domain with what was sent, its name aside, once it is known that its trunk is the account's."""
    sent, trunk_sid = request.values.get, request.values[BYOC_TRUNK_SID]
    if trunk_sid and await request.services.store.byoc_trunks.fetch(request.account_sid, trunk_sid) is None:
        raise ApiError(INVALID, f"Invalid ByocTrunkSid: {trunk_sid} is not a BYOC trunk of this account")
    return replace(
        domain,
        friendly_name=sent(FRIENDLY_NAME, domain.friendly_name),
        voice_url=sent(VOICE_URL, domain.voice_url),
        voice_method=sent(VOICE_METHOD, domain.voice_method),
        voice_fallback_url=sent(VOICE_FALLBACK_URL, domain.voice_fallback_url),
        voice_fallback_method=sent(VOICE_FALLBACK_METHOD, domain.voice_fallback_method),
        voice_status_callback_url=sent(VOICE_STATUS_CALLBACK_URL, domain.voice_status_callback_url),
        voice_status_callback_method=sent(VOICE_STATUS_CALLBACK_METHOD, domain.voice_status_callback_method),
        sip_registration=sent(SIP_REGISTRATION, domain.sip_registration),
        secure=sent(SECURE, domain.secure),
        emergency_calling_enabled=sent(EMERGENCY_CALLING_ENABLED, domain.emergency_calling_enabled),
        emergency_caller_sid=sent(EMERGENCY_CALLER_SID, domain.emergency_caller_sid),
        byoc_trunk_sid=sent(BYOC_TRUNK_SID, domain.byoc_trunk_sid),
    )


async def _free_name(request: ApiRequest, renamed: SipDomain | None) -> str:
    """The name that was sent, once it is known to be well formed and free for this account.

    renamed: the domain that is to get it; it may keep its own.
    """
    names: DomainNames = request.services.domain_names
    domains = request.services.store.sip_domains
    name = normal(request.values[DOMAIN_NAME])
    problem = names.problem(name, request.account_sid)
    if problem is not None:
        raise ApiError(INVALID, f"Invalid Domain Name: {problem}")
    # Every spelling is the same domain, so one that is stored under another suffix is in the way too.
    for spelling in names.spellings(name):
        holder = await domains.find_by_name(spelling)
        if holder is not None and (renamed is None or holder.sid != renamed.sid):
            raise _taken()
    parent = names.parent(name)
    if parent is not None:
        owners = [await domains.find_by_name(spelling) for spelling in names.spellings(parent)]
        if not any(owner is not None and owner.account_sid == request.account_sid for owner in owners):
            raise ApiError(TAKEN, "Cannot create subdomain because the parent domain does not exist")
    return name


async def _without_subdomains(request: ApiRequest, domain: SipDomain, act: str) -> None:
    """Raises: ApiError 21233 when the account has a domain below this one, under any suffix."""
    names = request.services.domain_names
    page, has_more = PageRequest(size=1000), True
    while has_more:
        mine = await request.services.store.sip_domains.list(request.account_sid, page)
        if any(_is_below(other, domain, names) for other in mine.items):
            raise ApiError(HAS_SUBDOMAINS, f"Cannot {act} a domain while subdomains of it exist")
        has_more = mine.has_older
        if has_more:
            page = PageRequest(size=1000, before=by_creation(mine.items[-1]))


def _is_below(other: SipDomain, domain: SipDomain, names: DomainNames) -> bool:
    parent = names.parent(other.domain_name)
    return parent is not None and domain.domain_name in names.spellings(parent)


def _taken() -> ApiError:
    return ApiError(TAKEN, "Invalid Domain: the name is already in use")


_PATH: Final = "/Accounts/{AccountSid}/SIP/Domains"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_domains, paged()),
    Operation("POST", _PATH, create_domain, ParameterTable(DOMAIN_NAME, *_SETTINGS, required=(DOMAIN_NAME,))),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_domain),
    Operation("POST", f"{_PATH}/{{Sid}}", update_domain, ParameterTable(DOMAIN_NAME, *_SETTINGS)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_domain),
)
