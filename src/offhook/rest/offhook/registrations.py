"""Registrations: where registered users can be reached (design 1.4). Twilio has them in its console only."""

from collections.abc import Mapping
from typing import Final

from offhook.model.binding import Binding
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.routing.sip_domain import NAME_MAX
from offhook.store.ports import Page

DOMAIN: Final[Parameter[str | None]] = Parameter("Domain", text(NAME_MAX), INVALID_PARAMETER, None)
USER: Final[Parameter[str | None]] = Parameter("User", text(32), INVALID_PARAMETER, None)


async def list_registrations(request: ApiRequest) -> Answer:
    """Phones that are registered, newest first; those of a domain (in any spelling) or a user when asked."""
    services, wanted = request.services, request.values[DOMAIN]
    await services.review_registrations()
    domain_sid = None if wanted is None else await _domain_sid(request, wanted)
    if wanted is not None and domain_sid is None:
        page: Page[Binding] = Page([], has_older=False, has_newer=False)
    else:
        page = await services.store.bindings.list(
            request.account_sid,
            page_request(request.values),
            now=services.clock.utc_now(),
            domain_sid=domain_sid,
            username=request.values[USER],
        )
    names = {sid: await _domain_name(request, sid) for sid in {binding.domain_sid for binding in page.items}}

    def represent_one(binding: Binding) -> Representation:
        return representation(binding, names)

    return Answer(
        200, represent_v1("registrations", page, request.absolute_links, represent_one, by_creation)
    )


async def delete_registration(request: ApiRequest) -> Answer:
    """End a registration; the phone may register again."""
    if not await request.services.remove_registration(request.account_sid, request.segments["Sid"]):
        raise request.not_found()
    await request.services.store.flushed()  # the other nodes know what the caller is told
    return Answer(204)


def representation(binding: Binding, names: Mapping[str, str | None]) -> Representation:
    """The resource as the API shows it. names: of the domains by their Sids."""
    return Representation(
        "Registration",
        {
            "sid": binding.sid,
            "account_sid": binding.account_sid,
            "domain_sid": binding.domain_sid,
            "domain": names[binding.domain_sid],
            "user": binding.username,
            "contact": binding.contact,
            "path": ", ".join(binding.path) or None,
            "transport": binding.flow.transport,
            "source": binding.flow.remote_host,
            "source_port": binding.flow.remote_port,
            "user_agent": binding.user_agent or None,
            "instance": binding.instance or None,
            "reg_id": binding.reg_id or None,
            "date_created": iso_date(binding.created_at),
            "date_updated": iso_date(binding.updated_at),
            "date_expires": iso_date(binding.expires_at),
        },
    )


async def _domain_sid(request: ApiRequest, wanted: str) -> str | None:
    """The account's domain that a name means; None when there is none."""
    for name in request.services.domain_names.spellings(wanted):
        domain = await request.services.store.sip_domains.find_by_name(name)
        if domain is not None:
            return domain.sid if domain.account_sid == request.account_sid else None
    return None


async def _domain_name(request: ApiRequest, sid: str) -> str | None:
    """The name of a domain; None when it was deleted under its registrations."""
    domain = await request.services.store.sip_domains.fetch(request.account_sid, sid)
    return None if domain is None else domain.domain_name


OPERATIONS: Final = (
    Operation("GET", "/Registrations", list_registrations, paged(DOMAIN, USER)),
    Operation("DELETE", "/Registrations/{Sid}", delete_registration),
)
