"""Twilio's error answers: one exception, one table from code to HTTP status.

Sources: reference/rest-api 1.5 to 1.7; codes of the resources in 4.1 and 4.3.
"""

from typing import Final

from offhook.base.errors import PeerError
from offhook.rest.representation import JsonValue, Representation

MORE_INFO: Final = "https://www.twilio.com/docs/errors/{code}"

NAME_LENGTH: Final = 20002
METHOD_NOT_ALLOWED: Final = 20004
UNAUTHENTICATED: Final = 20003
ACCOUNT_NOT_ACTIVE: Final = 20005
NOT_COMPLETE: Final = 20009
NOT_FOUND: Final = 20404
CONFLICT: Final = 20409
TOO_LARGE: Final = 20413
INVALID_PARAMETER: Final = 20422
INVALID_SID: Final = 20423
"""Of something that a resource refers to, and that the account does not have."""
TOO_MANY: Final = 20429
INTERNAL: Final = 20500
NOT_IMPLEMENTED: Final = 20501
"""Ours, by the pattern of its neighbours: what this node was installed without."""
UNAVAILABLE: Final = 20503
NOT_READY: Final = 21501
INVALID_PAGE_TOKEN: Final = 21481
PAGE_WITHOUT_TOKEN: Final = 70002

STATUS: Final = {
    UNAUTHENTICATED: 401,
    METHOD_NOT_ALLOWED: 405,
    ACCOUNT_NOT_ACTIVE: 401,
    NOT_FOUND: 404,
    CONFLICT: 409,
    TOO_LARGE: 413,
    INVALID_PARAMETER: 422,
    INVALID_SID: 422,
    TOO_MANY: 429,
    INTERNAL: 500,
    NOT_IMPLEMENTED: 501,
    NOT_READY: 404,
    UNAVAILABLE: 503,
}
"""HTTP status of the codes that are not answered with 400."""


class ApiError(PeerError):
    """The request cannot be served; the client is told why.

    code: of Twilio's error dictionary; the HTTP status follows from it.
    headers: for the answer, such as Allow.
    """

    def __init__(
        self, code: int, message: str, *, detail: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, status=STATUS.get(code, 400), section="reference/rest-api 1.7")
        self.code = code
        self.http_status = STATUS.get(code, 400)
        self.detail = detail
        self.headers = headers or {}

    def representation(self) -> Representation:
        """Twilio's error body. Never with `type` or `title`: SDKs would take it for another kind."""
        body: dict[str, JsonValue] = {"code": self.code}
        if self.detail is not None:
            body["detail"] = self.detail
        body |= {
            "message": self.message,
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.http_status,
        }
        return Representation("RestException", body)


def not_found(path: str) -> ApiError:
    """The answer for what does not exist or belongs to another account.

    path: of the request, suffix included.
    """
    return ApiError(NOT_FOUND, f"The requested resource {path} was not found")
