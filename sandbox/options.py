"""What the sandbox needs to know of the product that it stands in for."""

from dataclasses import dataclass, field
from typing import Self

from config.accounts import SmsAccount, WechatAccount
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """``callback_url`` may hold ``{region}``; delays are in seconds. Empty URLs: nothing is posted there."""

    apps: dict[str, str] = field(repr=False)  # app id → secret, of every mini program and official account
    mini_app_id: str
    official_app_id: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    sms_keys: dict[str, str] = field(repr=False)  # access key id → secret
    callback_url: str = ""
    receipts_url: str = ""
    regions: tuple[str, ...] = ()
    receipt_delay: float = 1.5
    receipt_repeats: tuple[float, ...] = (60, 300, 600)  # as the real one repeats a push that was not taken
    reply_seconds: float = 5.0  # how long WeChat waits for the answer to a callback, three times
    token_seconds: int = 7200
    code_seconds: int = 300

    @classmethod
    def from_settings(cls, settings: Settings, *, callback_url: str = "", receipts_url: str = "") -> Self:
        """The accounts of the settings; regions are the folders of the profiles."""
        mini, official = settings.wechat_app_id, settings.official_app_id
        known = [account for of in settings.with_accounts for _, account in settings.accounts(of).named()]
        return cls(
            apps={one.app_id: one.secret.get_secret_value() for one in known if isinstance(one, WechatAccount)},
            mini_app_id=mini, official_app_id=official,
            token=settings.official_token.get_secret_value(), aes_key=settings.official_aes_key.get_secret_value(),
            sms_keys={one.key_id: one.key_secret.get_secret_value() for one in known if isinstance(one, SmsAccount)},
            callback_url=callback_url or settings.public_url.rstrip("/") + "/{region}/wechat/callback",
            receipts_url=receipts_url,
            regions=tuple(sorted(path.name for path in settings.regions.glob("*") if path.is_dir() and path.name[:1].isalpha())))
