"""The main account, made at the first start or brought up to date with the settings.

Called by `app.py`. Safe to repeat: without settings it is the one of the first start.
"""

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.base.redact import Secret
from offhook.model.account import Account, AccountStatus
from offhook.store.ports import Store


async def provide_account(
    sid: str | None, token: Secret | None, store: Store, clock: Clock, chance: Chance
) -> Account:
    """The account of the settings, else the one of the first start, else a new one.

    sid, token: of the settings; None leaves them as they are kept, or makes them.
    Raises: StoreBusyError.
    """
    known = await store.accounts.fetch(sid) if sid is not None else await store.accounts.oldest()
    if known is not None and (token is None or token.reveal() == known.auth_token.reveal()):
        return known
    now = clock.utc_now()
    account = Account(
        sid=sid or (known.sid if known else new_sid("AC", chance)),
        friendly_name=known.friendly_name if known else "Main account",
        auth_token=token or Secret(chance.hex(16)),
        status=AccountStatus.ACTIVE,
        created_at=known.created_at if known else now,
        updated_at=now,
    )
    await store.accounts.save(account)
    return account
