"""What is Offhook's own, described: made of the operations themselves (OpenAPI 3.1).

Twilio's paths are not in it; Twilio publishes their description.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from offhook import __version__
from offhook.rest.paging import PAGE_SIZE
from offhook.rest.parameters import Parameter
from offhook.rest.resource import Operation

BASE: Final = "/offhook/v1"
_DESCRIPTIONS: Final = {
    "CallId": "Call-ID of the INVITE or REGISTER.",
    "Source": "IP address that the request came from.",
    "Domain": "Name of a SIP Domain, under any of the node's suffixes.",
    "User": "User name of the registration.",
    "PageSize": "Records on a page, 1 to 1000; 50 when left out.",
    "Page": "Number of the page, taken from a link.",
    "PageToken": "Place of the page, taken from a link.",
    "Registrar": "SIP URI of the carrier's registrar, without a user.",
    "Username": "User of the address of record, and of the digest.",
    "Password": "What answers the registrar's challenge; never shown.",
    "Proxy": "SIP URI to which REGISTER and calls are sent instead; empty for none.",
    "Expires": "Seconds that are asked for, 60 to 86400; 600 when left out.",
}
_ERRORS: Final = {
    "401": "The AccountSid or AuthToken is missing or wrong (20003).",
    "404": "There is no such resource (20404).",
    "422": "A parameter cannot be read (20422).",
}


def description(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document, as JSON has it."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"{BASE}{operation.path}", {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Offhook", "version": __version__, "summary": "What Twilio's API does not have."},
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "AccountSid and AuthToken, as for Twilio's API.",
                }
            }
        },
    }


def _describe(operation: Operation) -> dict[str, Any]:
    summary = (operation.serve.__doc__ or "").partition("\n")[0]
    done = {"204": {"description": "Done."}} if operation.method == "DELETE" else {"200": _shown(operation)}
    is_form = operation.method == "POST"
    return {
        "operationId": getattr(operation.serve, "__name__", operation.path),
        "summary": summary,
        "parameters": [
            *(_in_path(name) for name in re.findall(r"\{(\w+)\}", operation.path)),
            *([] if is_form else map(_in_query, operation.parameters.parameters)),
        ],
        **({"requestBody": _form(operation)} if is_form else {}),
        "responses": done | {status: {"description": text} for status, text in _ERRORS.items()},
    }


def _shown(operation: Operation) -> dict[str, Any]:
    """A page of a list, or one resource where nothing is asked of pages."""
    schema: dict[str, Any] = {"type": "object"}
    if PAGE_SIZE in operation.parameters.parameters:
        items = {"type": "array", "items": {"type": "object"}}
        schema["properties"] = {"meta": {"type": "object"}, operation.path.strip("/").lower(): items}
    return {"description": "Found.", "content": {"application/json": {"schema": schema}}}


def _form(operation: Operation) -> dict[str, Any]:
    """What a POST takes."""
    fields = {
        parameter.name: {"type": "string", "description": _DESCRIPTIONS[parameter.name]}
        for parameter in operation.parameters.parameters
    }
    schema = {"type": "object", "properties": fields}
    return {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(parameter: Parameter[Any]) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": _DESCRIPTIONS[parameter.name],
        "schema": {"type": "string"},
    }
