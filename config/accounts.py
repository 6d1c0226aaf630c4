"""Whose WeChat and whose Aliyun account: the installation's own, or a region's in its place.

A region brings an account whole or not at all: an app id of its own beside the installation's secret would be nobody's. What it does not bring is the
installation's. Two regions may name one account; then they say the same of it, and share its token and its pace.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr

#: What belongs together: named one, named all. Beside them stand rate, share, host and the addresses' secret, each of which may stay unsaid.
TOGETHER: Final = (
    ("wechat_app_id", "wechat_app_secret", "wechat_token", "wechat_aes_key"),
    ("official_app_id", "official_app_secret", "official_token", "official_aes_key"),
    ("sms_access_key_id", "sms_access_key_secret"),
    ("sms_second_access_key_id", "sms_second_access_key_secret"),
)
#: Of the Aliyun account: without it a region has none of these to say.
WITH_SMS: Final = ("sms_second_access_key_id", "sms_second_url", "sms_second_share", "sms_rate")


class Credentials(Protocol):
    """The names that the installation and a region share."""

    wechat_app_id: str
    wechat_app_secret: SecretStr
    wechat_token: SecretStr
    wechat_aes_key: SecretStr
    official_app_id: str
    official_app_secret: SecretStr
    official_token: SecretStr
    official_aes_key: SecretStr
    sms_access_key_id: str
    sms_access_key_secret: SecretStr
    sms_rate: int
    sms_second_url: str
    sms_second_access_key_id: str
    sms_second_access_key_secret: SecretStr
    sms_second_share: int
    sms_receipt_path: SecretStr


class OwnAccounts(BaseModel):
    """What one region says, under the installation's own names; empty: the installation's. A word that is none is kept for :func:`faults`."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_aes_key: SecretStr = SecretStr("")
    official_app_id: str = ""
    official_app_secret: SecretStr = SecretStr("")
    official_token: SecretStr = SecretStr("")
    official_aes_key: SecretStr = SecretStr("")
    sms_access_key_id: str = ""
    sms_access_key_secret: SecretStr = SecretStr("")
    sms_rate: int = Field(0, ge=0, le=5000)
    sms_second_url: str = Field("", pattern=r"^(https?://[^/\s]+)?$")
    sms_second_access_key_id: str = ""
    sms_second_access_key_secret: SecretStr = SecretStr("")
    sms_second_share: int = Field(0, ge=0, le=100)
    sms_receipt_path: SecretStr = SecretStr("")

    def says(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


@dataclass(frozen=True, slots=True)
class WechatAccount:
    """A mini program or an official account. ``setting``: how the names of its variables begin."""

    app_id: str
    secret: SecretStr
    token: SecretStr
    aes_key: SecretStr
    setting: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """An account at Aliyun. ``url``: where it is asked, when not at the vendor's own host; ``rate``: messages a second."""

    key_id: str
    key_secret: SecretStr
    rate: int
    url: str
    setting: str = field(compare=False)
    url_setting: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What one region speaks through. ``own_sms``: its Aliyun account is not the installation's."""

    mini_program: WechatAccount
    official_account: WechatAccount
    sms: SmsAccount
    sms_second: SmsAccount | None
    second_share: int
    receipt_path: SecretStr
    own_sms: bool

    def named(self) -> Iterator[tuple[str, WechatAccount | SmsAccount]]:
        """Every account with the id that the world knows it by."""
        yield from ((one.app_id, one) for one in (self.mini_program, self.official_account))
        yield from ((one.key_id, one) for one in (self.sms, self.sms_second) if one)


def variable(region: str, name: str) -> str:
    """Of the environment; ``region`` empty: the installation's."""
    return f"GREENLANE_ACCOUNTS__{region.upper()}__{name.upper()}" if region else f"GREENLANE_{name.upper()}"


def resolve(ours: Credentials, own: OwnAccounts | None, region: str, sms_url: str) -> Accounts:
    """Each account the region's where it says one, else the installation's. A region with an Aliyun account of its own has no second but its own:
    what it sends is on nobody else's bill. ``sms_url``: of the installation."""
    def whose(name: str) -> tuple[Credentials, str]:
        return (own, region) if own is not None and own.says(name) else (ours, "")

    mini, mini_of = whose("wechat_app_id")
    official, official_of = whose("official_app_id")
    sms, sms_of = whose("sms_access_key_id")
    return Accounts(
        WechatAccount(mini.wechat_app_id, mini.wechat_app_secret, mini.wechat_token, mini.wechat_aes_key, variable(mini_of, "wechat")),
        WechatAccount(official.official_app_id, official.official_app_secret, official.official_token, official.official_aes_key,
                      variable(official_of, "official")),
        SmsAccount(sms.sms_access_key_id, sms.sms_access_key_secret, sms.sms_rate or ours.sms_rate, sms_url, variable(sms_of, "sms"),
                   variable("", "sms_url")),
        _second(ours, sms, sms_of), sms.sms_second_share, whose("sms_receipt_path")[0].sms_receipt_path, own_sms=bool(sms_of))


def _second(ours: Credentials, of: Credentials, region: str) -> SmsAccount | None:
    if not of.sms_second_access_key_id:
        return None
    url, url_of = (of.sms_second_url, region) if of.sms_second_url else (ours.sms_second_url, "")
    return SmsAccount(of.sms_second_access_key_id, of.sms_second_access_key_secret, of.sms_rate or ours.sms_rate, url, variable(region, "sms_second"),
                      variable(url_of, "sms_second_url"))


def faults(region: str, own: OwnAccounts) -> Iterator[str]:
    """What no region may say, wherever it runs: half an account, or a word that is none."""
    yield from (f"{variable(region, word)}: is no setting" for word in own.model_extra or {})
    for names in TOGETHER:
        if any(own.says(name) for name in names):
            yield from (f"{variable(region, name)}: is missing; an account is named whole" for name in names if not own.says(name))
    if not own.says("sms_access_key_id"):
        yield from (f"{variable(region, name)}: belongs to an Aliyun account of the region's own" for name in WITH_SMS if own.says(name))


def samples(region: str, own: OwnAccounts, known: Mapping[str, str]) -> Iterator[str]:
    """What production refuses of a region. ``known``: the installation's sample of each secret."""
    for name, value in own:
        if isinstance(value, SecretStr) and value.get_secret_value() and value.get_secret_value() == known.get(name):
            yield f"{variable(region, name)}: is the sample value"
    if own.sms_second_url.startswith("http://"):
        yield f"{variable(region, 'sms_second_url')}: must begin with https://"


def contradictions(accounts: Mapping[str, Accounts]) -> Iterator[str]:
    """One account of which two places say different things."""
    said: dict[str, WechatAccount | SmsAccount] = {}
    for one in accounts.values():
        for id, account in one.named():
            if not _agree(first := said.setdefault(id, account), account):
                yield f"{account.setting}_…: says of {id} something else than {first.setting}_…"


def _agree(one: WechatAccount | SmsAccount, other: WechatAccount | SmsAccount) -> bool:
    """An Aliyun account may be the first of one region and the second of another, asked at two addresses."""
    if isinstance(one, SmsAccount) and isinstance(other, SmsAccount):
        return (one.key_secret, one.rate) == (other.key_secret, other.rate)
    return one == other
