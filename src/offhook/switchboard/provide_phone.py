"""A user who may register at a SIP Domain, made or brought up to date: the demo's phone.

Called by `app.py` after `provide_domain`. Safe to repeat: list and user are found again by their names, and
the password of the last start is the user's. The list is mapped for registrations only, so that callers of
the Domain need no password.
"""

import hmac
from dataclasses import dataclass, replace
from typing import Final

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.base.redact import Secret
from offhook.model.credential import Credential, CredentialList, MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.store.ports import PageRequest, Store

ALL: Final = PageRequest(size=1000)
"""Credential lists of a Domain, and their users, stay below this (reference/rest-api 4.3)."""
LIST_NAME: Final = "Phone of {}"


@dataclass(frozen=True, slots=True)
class WantedPhone:
    """Who may register."""

    domain: SipDomain
    username: str
    password: Secret
    realm: str
    """The node's digest realm."""


async def provide_phone(wanted: WantedPhone, store: Store, clock: Clock, chance: Chance) -> None:
    """Let the user register at the Domain with the password. Raises: DuplicateError, StoreBusyError."""
    md5, sha256 = (_hash(wanted, algorithm) for algorithm in (Algorithm.MD5, Algorithm.SHA_256))
    account_sid = wanted.domain.account_sid
    list_sid = await _provide_list(wanted.domain, store, clock, chance)
    users = await store.credential_lists.credentials(account_sid, list_sid, ALL)
    now = clock.utc_now()
    for user in users.items:
        if user.username == wanted.username:
            if not hmac.compare_digest(user.ha1_sha256.reveal(), sha256.reveal()):
                changed = replace(user, ha1_md5=md5, ha1_sha256=sha256, updated_at=now)
                await store.credential_lists.update_credential(changed)
            return
    await store.credential_lists.insert_credential(
        Credential(
            sid=new_sid("CR", chance),
            account_sid=account_sid,
            credential_list_sid=list_sid,
            username=wanted.username,
            ha1_md5=md5,
            ha1_sha256=sha256,
            created_at=now,
            updated_at=now,
        )
    )


def _hash(wanted: WantedPhone, algorithm: Algorithm) -> Secret:
    return Secret(ha1(wanted.username, wanted.realm, wanted.password.reveal(), algorithm))


async def _provide_list(domain: SipDomain, store: Store, clock: Clock, chance: Chance) -> str:
    name = LIST_NAME.format(domain.domain_name)
    scope = MappingScope.REGISTRATIONS
    mapped = await store.sip_domains.credential_lists(domain.account_sid, domain.sid, scope, ALL)
    for users in mapped.items:
        if users.friendly_name == name:
            return users.sid
    now = clock.utc_now()
    users = CredentialList(
        sid=new_sid("CL", chance),
        account_sid=domain.account_sid,
        friendly_name=name,
        created_at=now,
        updated_at=now,
    )
    await store.credential_lists.insert(users)
    await store.sip_domains.map_credential_list(domain.account_sid, domain.sid, users.sid, scope, now)
    return users.sid
