"""News as text, in which they outlive the node, and back.

JSON of what the values are made of; every kind of news is read by its own fields, so that a new kind or a
new field needs nothing here. Secrets are left out: the AuthToken is looked up again. A field that is not in
the text has its default, one that is not known any more is passed over. Called by `outbox.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from offhook.base.redact import Secret
from offhook.webhook.ports import News

KIND: Final = "kind"
KINDS: Final[Mapping[str, Any]] = {kind.__name__: kind for kind in get_args(News)}


class NewsTextError(ValueError):
    """The text is not of this version, nor of one before it."""


def to_text(news: News) -> str:
    """The news without their secrets; ASCII."""
    return json.dumps({KIND: type(news).__name__, **_plain(news)}, separators=(",", ":"))


def from_text(text: str, auth_token: Secret) -> News:
    """What `to_text` was given. Raises: NewsTextError."""
    try:
        plain = json.loads(text)
        return _value(KINDS[plain[KIND]], plain, auth_token)  # type: ignore[no-any-return]
    except (ValueError, TypeError, LookupError) as error:
        raise NewsTextError(f"not news that can be told: {error!r}") from error


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case tuple() | list():
            return [_plain(item) for item in value]
        case frozenset() | set():
            return sorted(_plain(item) for item in value)
        case str() | int() | float() | None:
            return value
        case _ if is_dataclass(value):
            named = ((field.name, getattr(value, field.name)) for field in fields(value))
            return {name: _plain(item) for name, item in named if not isinstance(item, Secret)}
    raise TypeError(f"cannot be written down: {type(value).__name__}")


def _value(kind: Any, plain: Any, auth_token: Secret) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if plain is None and NoneType in get_args(kind):
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return _value(kind, plain, auth_token)
    if origin in (tuple, frozenset):
        inner = get_args(kind)
        each = [inner[0]] * len(plain) if origin is frozenset or inner[-1] is ... else inner
        return origin(_value(one, item, auth_token) for one, item in zip(each, plain, strict=True))
    if is_dataclass(kind):
        return _record(kind, plain, auth_token)
    if kind is datetime:
        return datetime.fromisoformat(plain)
    if issubclass(kind, Enum):
        return kind(plain)
    if not isinstance(plain, kind) and not (kind is float and isinstance(plain, int)):
        raise NewsTextError(f"{plain!r} is no {kind.__name__}")
    return plain


def _record(kind: Any, plain: Any, auth_token: Secret) -> Any:
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):
        if hints[field.name] is Secret:
            values[field.name] = auth_token
        elif field.name in plain:
            values[field.name] = _value(hints[field.name], plain[field.name], auth_token)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise NewsTextError(f"{field.name} is missing")
    return kind(**values)
