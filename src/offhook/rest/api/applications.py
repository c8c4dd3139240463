"""Applications (reference/rest-api 2.1, 3.7, 4.4).

What is of messages is checked, stored and shown, and never used. The codes of wrong URLs and methods are
those of numbers, which have the same parameters; Twilio documents none for applications. A name that is not
given follows the pattern of a subaccount's (1.2).
"""

from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.application import Application
from offhook.model.sip_domain import API_VERSION
from offhook.rest.errors import INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, boolean, http_method, http_url, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import UnknownRecordError

INVALID_URL: Final = 21402
INVALID_METHOD: Final = 21403
TOO_MANY: Final = 21301
APPLICATIONS_MAX: Final = 1000
VERSIONS: Final = (API_VERSION, "2008-08-01")
"""Of the API that webhooks speak: Twilio keeps the elder for old accounts, and so it is taken and shown."""


def version(value: str) -> str:
    """One of VERSIONS."""
    if value not in VERSIONS:
        raise ValueError("it must be " + " or ".join(VERSIONS))
    return value


def url(name: str) -> Parameter[str | None]:
    """A URL that an empty string clears."""
    return Parameter(name, http_url, INVALID_URL, None, is_clearable=True)


def method(name: str) -> Parameter[str]:
    """GET or POST."""
    return Parameter(name, http_method, INVALID_METHOD, "POST")


NAME_FILTER: Final[Parameter[str | None]] = Parameter("FriendlyName", text(64), INVALID_PARAMETER, None)
FRIENDLY_NAME: Final = Parameter("FriendlyName", text(64), NAME_LENGTH, "")
VERSION: Final = Parameter("ApiVersion", version, INVALID_PARAMETER, API_VERSION)
VOICE_URL: Final = url("VoiceUrl")
VOICE_METHOD: Final = method("VoiceMethod")
VOICE_FALLBACK_URL: Final = url("VoiceFallbackUrl")
VOICE_FALLBACK_METHOD: Final = method("VoiceFallbackMethod")
STATUS_CALLBACK: Final = url("StatusCallback")
STATUS_CALLBACK_METHOD: Final = method("StatusCallbackMethod")
VOICE_CALLER_ID_LOOKUP: Final = Parameter("VoiceCallerIdLookup", boolean, INVALID_PARAMETER, default=False)
PUBLIC_CONNECT: Final = Parameter(
    "PublicApplicationConnectEnabled", boolean, INVALID_PARAMETER, default=False
)
SMS_URL: Final = url("SmsUrl")
SMS_METHOD: Final = method("SmsMethod")
SMS_FALLBACK_URL: Final = url("SmsFallbackUrl")
SMS_FALLBACK_METHOD: Final = method("SmsFallbackMethod")
SMS_STATUS_CALLBACK: Final = url("SmsStatusCallback")
MESSAGE_STATUS_CALLBACK: Final = url("MessageStatusCallback")

_SETTINGS: Final = ParameterTable(
    FRIENDLY_NAME,
    VERSION,
    VOICE_URL,
    VOICE_METHOD,
    VOICE_FALLBACK_URL,
    VOICE_FALLBACK_METHOD,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    VOICE_CALLER_ID_LOOKUP,
    PUBLIC_CONNECT,
    SMS_URL,
    SMS_METHOD,
    SMS_FALLBACK_URL,
    SMS_FALLBACK_METHOD,
    SMS_STATUS_CALLBACK,
    MESSAGE_STATUS_CALLBACK,
)


async def list_applications(request: ApiRequest) -> Answer:
    """GET: the account's applications."""
    page = await request.services.store.applications.list(
        request.account_sid, page_request(request.values), friendly_name=request.values[NAME_FILTER]
    )
    return Answer(200, represent("applications", page, request.links, representation, by_creation))


async def create_application(request: ApiRequest) -> Answer:
    """POST: a new application."""
    applications = request.services.store.applications
    if await applications.count(request.account_sid) >= APPLICATIONS_MAX:
        raise ApiError(TOO_MANY, f"An account cannot have more than {APPLICATIONS_MAX} applications")
    now = request.services.clock.utc_now()
    blank = Application(
        sid=new_sid("AP", request.services.chance),
        account_sid=request.account_sid,
        friendly_name=f"Application Created at {now:%Y-%m-%d %I:%M} {'am' if now.hour < 12 else 'pm'}",
        created_at=now,
        updated_at=now,
    )
    application = _changed(blank, request)
    await applications.insert(application)
    return Answer(201, representation(application))


async def fetch_application(request: ApiRequest) -> Answer:
    """GET: one application."""
    return Answer(200, representation(await _application_in_path(request)))


async def update_application(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    application = _changed(await _application_in_path(request), request)
    application = replace(application, updated_at=request.services.clock.utc_now())
    try:
        await request.services.store.applications.update(application)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(application))


async def delete_application(request: ApiRequest) -> Answer:
    """DELETE: numbers that referred to it refer to none."""
    if not await request.services.store.applications.delete(request.account_sid, request.segments["Sid"]):
        raise request.not_found()
    return Answer(204)


async def _application_in_path(request: ApiRequest) -> Application:
    application = await request.services.store.applications.fetch(
        request.account_sid, request.segments["Sid"]
    )
    if application is None:
        raise request.not_found()
    return application


def _changed(application: Application, request: ApiRequest) -> Application:
    """The application with what was sent."""
    sent = request.values.get
    return replace(
        application,
        friendly_name=sent(FRIENDLY_NAME, application.friendly_name),
        api_version=sent(VERSION, application.api_version),
        voice_url=sent(VOICE_URL, application.voice_url),
        voice_method=sent(VOICE_METHOD, application.voice_method),
        voice_fallback_url=sent(VOICE_FALLBACK_URL, application.voice_fallback_url),
        voice_fallback_method=sent(VOICE_FALLBACK_METHOD, application.voice_fallback_method),
        status_callback=sent(STATUS_CALLBACK, application.status_callback),
        status_callback_method=sent(STATUS_CALLBACK_METHOD, application.status_callback_method),
        voice_caller_id_lookup=sent(VOICE_CALLER_ID_LOOKUP, application.voice_caller_id_lookup),
        public_application_connect_enabled=sent(
            PUBLIC_CONNECT, application.public_application_connect_enabled
        ),
        sms_url=sent(SMS_URL, application.sms_url),
        sms_method=sent(SMS_METHOD, application.sms_method),
        sms_fallback_url=sent(SMS_FALLBACK_URL, application.sms_fallback_url),
        sms_fallback_method=sent(SMS_FALLBACK_METHOD, application.sms_fallback_method),
        sms_status_callback=sent(SMS_STATUS_CALLBACK, application.sms_status_callback),
        message_status_callback=sent(MESSAGE_STATUS_CALLBACK, application.message_status_callback),
    )


def representation(application: Application) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Application",
        {
            "sid": application.sid,
            "account_sid": application.account_sid,
            "friendly_name": application.friendly_name,
            "api_version": application.api_version,
            "date_created": date(application.created_at),
            "date_updated": date(application.updated_at),
            "voice_url": application.voice_url,
            "voice_method": application.voice_method,
            "voice_fallback_url": application.voice_fallback_url,
            "voice_fallback_method": application.voice_fallback_method,
            "status_callback": application.status_callback,
            "status_callback_method": application.status_callback_method,
            "voice_caller_id_lookup": application.voice_caller_id_lookup,
            "public_application_connect_enabled": application.public_application_connect_enabled,
            "sms_url": application.sms_url,
            "sms_method": application.sms_method,
            "sms_fallback_url": application.sms_fallback_url,
            "sms_fallback_method": application.sms_fallback_method,
            "sms_status_callback": application.sms_status_callback,
            "message_status_callback": application.message_status_callback,
            "uri": uri(application.account_sid, "Applications", application.sid),
        },
    )


_PATH: Final = "/Accounts/{AccountSid}/Applications"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_applications, paged(NAME_FILTER)),
    Operation("POST", _PATH, create_application, _SETTINGS),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_application),
    Operation("POST", f"{_PATH}/{{Sid}}", update_application, _SETTINGS),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_application),
)
