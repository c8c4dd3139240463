"""Values that must not reach a log: they print as asterisks and give themselves up only on request."""

import re
from typing import Final, Self

_LOGIN: Final = re.compile(r"(?<=//)[^/?#@]*@")


def without_login(url: str, instead: str = "") -> str:
    """A URL, be it one or not, without the user and the password that stand in it."""
    return _LOGIN.sub(instead, url)


class Secret:
    """A password, token or key. Compare it with `hmac.compare_digest` on `reveal()`, never with `==`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        raise TypeError("secrets are compared with hmac.compare_digest, not with ==")

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
