"""Who we say we are when a server asks: given by the owner of a call or a registration."""

from dataclasses import dataclass

from offhook.base.redact import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and its password, good for whatever realm asks."""

    username: str
    """As people write it; escaped where it goes on the wire."""
    password: Secret
    """Goes into a hash and nowhere else."""
