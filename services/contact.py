"""How a person is reached and how she comes in: what her own settings page shows, masked."""

from dataclasses import dataclass
from datetime import datetime

from models.account import Account, WechatBinding
from services.actors import Actor
from services.masking import masked_email, masked_phone


@dataclass(frozen=True)
class Contact:
    """``phone`` and ``email``: masked, empty when there is none. ``wechat``: whether a WeChat is bound to the account. ``terms``: the version of the
    terms that she agreed to, and when; empty when she was never asked.
    """

    login_name: str
    phone: str
    has_password: bool
    wechat: bool
    email: str = ""
    terms: str = ""
    terms_at: datetime | None = None


async def of(actor: Actor) -> Contact:
    """Of a person who is logged in."""
    assert actor.account_id is not None, "only a person has a settings page"
    account = await Account.find(actor.region, actor.account_id)
    return Contact(account.login_name, masked_phone(account.phone), account.password_hash is not None, await is_bound(actor),
                   masked_email(account.email), account.terms_version, account.terms_at)


async def is_bound(actor: Actor) -> bool:
    return await WechatBinding.of(actor.region, account_id=actor.account_id, ended_at=None).exists()
