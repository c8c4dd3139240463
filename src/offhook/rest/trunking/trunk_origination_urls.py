"""Origination URLs of an elastic SIP trunk: where its PBX takes calls (reference/rest-api 2.12, 3.8, 4.4).

Weight 0 is taken, as the platform does against its own manual (reference/sip-interface 8.3).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.trunk import OriginationUrl
from offhook.rest.errors import INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, boolean, integer, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.sip_target import sip_host
from offhook.rest.trunking.trunks import trunk_in_path
from offhook.store.ports import UnknownRecordError

TOO_MANY: Final = 21249
URLS_MAX: Final = 10
"""Twilio has a bound and does not say which; ours is the number of URIs that one Dial tries."""

WEIGHT: Final = Parameter("Weight", integer(0, 65_535), INVALID_PARAMETER, 0)
PRIORITY: Final = Parameter("Priority", integer(0, 65_535), INVALID_PARAMETER, 0)
ENABLED: Final = Parameter("Enabled", boolean, INVALID_PARAMETER, default=True)
FRIENDLY_NAME: Final = Parameter("FriendlyName", text(64), NAME_LENGTH, "")
SIP_URL: Final = Parameter("SipUrl", sip_host, INVALID_PARAMETER, "")
_SETTINGS: Final = (WEIGHT, PRIORITY, ENABLED, FRIENDLY_NAME, SIP_URL)


async def list_urls(request: ApiRequest) -> Answer:
    """GET: the URLs of a trunk."""
    trunk = await trunk_in_path(request, "TrunkSid")
    urls = request.services.store.origination_urls
    page = await urls.list_of(request.account_sid, trunk.sid, page_request(request.values))
    return Answer(
        200, represent_v1("origination_urls", page, request.absolute_links, _shown(request), by_creation)
    )


async def create_url(request: ApiRequest) -> Answer:
    """POST: one more URL."""
    trunk = await trunk_in_path(request, "TrunkSid")
    urls, values = request.services.store.origination_urls, request.values
    if len(await urls.all_of(request.account_sid, trunk.sid)) >= URLS_MAX:
        raise ApiError(TOO_MANY, f"A trunk cannot have more than {URLS_MAX} origination URLs")
    now = request.services.clock.utc_now()
    url = OriginationUrl(
        sid=new_sid("OU", request.services.chance),
        account_sid=request.account_sid,
        trunk_sid=trunk.sid,
        friendly_name=values[FRIENDLY_NAME],
        sip_url=values[SIP_URL],
        priority=values[PRIORITY],
        weight=values[WEIGHT],
        enabled=values[ENABLED],
        created_at=now,
        updated_at=now,
    )
    try:
        await urls.insert(url)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(201, representation(url, request))


async def fetch_url(request: ApiRequest) -> Answer:
    """GET: one URL."""
    return Answer(200, representation(await _url_in_path(request), request))


async def update_url(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    url, sent = await _url_in_path(request), request.values.get
    changed = replace(
        url,
        friendly_name=sent(FRIENDLY_NAME, url.friendly_name),
        sip_url=sent(SIP_URL, url.sip_url),
        priority=sent(PRIORITY, url.priority),
        weight=sent(WEIGHT, url.weight),
        enabled=sent(ENABLED, url.enabled),
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.origination_urls.update(changed)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed, request))


async def delete_url(request: ApiRequest) -> Answer:
    """DELETE: one URL."""
    url = await _url_in_path(request)
    if not await request.services.store.origination_urls.delete(request.account_sid, url.sid):
        raise request.not_found()
    return Answer(204)


async def _url_in_path(request: ApiRequest) -> OriginationUrl:
    url = await request.services.store.origination_urls.fetch(request.account_sid, request.segments["Sid"])
    if url is None or url.trunk_sid != request.segments["TrunkSid"]:
        raise request.not_found()
    return url


def representation(url: OriginationUrl, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "OriginationUrl",
        {
            "sid": url.sid,
            "account_sid": url.account_sid,
            "trunk_sid": url.trunk_sid,
            "friendly_name": url.friendly_name,
            "sip_url": url.sip_url,
            "priority": url.priority,
            "weight": url.weight,
            "enabled": url.enabled,
            "date_created": iso_date(url.created_at),
            "date_updated": iso_date(url.updated_at),
            "url": request.url("Trunks", url.trunk_sid, "OriginationUrls", url.sid),
        },
    )


def _shown(request: ApiRequest) -> Callable[[OriginationUrl], Representation]:
    return lambda url: representation(url, request)


_PATH: Final = "/Trunks/{TrunkSid}/OriginationUrls"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_urls, paged()),
    Operation("POST", _PATH, create_url, ParameterTable(*_SETTINGS, required=_SETTINGS)),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_url),
    Operation("POST", f"{_PATH}/{{Sid}}", update_url, ParameterTable(*_SETTINGS)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_url),
)
