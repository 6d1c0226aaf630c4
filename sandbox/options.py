"""What the sandbox needs to know of the product that it stands in for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from config.accounts import Accounts, SmsAccount, WechatAccount
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """``callback_url`` may hold ``{region}``; delays are in seconds. Empty URLs: nothing is posted there."""

    apps: dict[str, str] = field(repr=False)  # app id → secret, of every mini program and official account
    accounts: Mapping[str, Accounts] = field(repr=False)  # of the installation (empty), and of the regions that have their own
    sms_keys: dict[str, str] = field(repr=False)  # access key id → secret
    callback_url: str = ""
    receipts_url: str = ""
    regions: tuple[str, ...] = ()
    receipt_delay: float = 1.5
    receipt_repeats: tuple[float, ...] = (60, 300, 600)  # as the real one repeats a push that was not taken
    reply_seconds: float = 5.0  # how long WeChat waits for the answer to a callback, three times
    token_seconds: int = 7200
    code_seconds: int = 300

    def official(self, region: str = "") -> WechatAccount:
        """The official account that a region's people talk to."""
        return self.accounts.get(region, self.accounts[""]).official_account

    def mini(self, region: str = "") -> WechatAccount:
        return self.accounts.get(region, self.accounts[""]).mini_program

    @property
    def official_app_id(self) -> str:
        """The installation's."""
        return self.official().app_id

    @property
    def mini_app_id(self) -> str:
        return self.mini().app_id

    def whose(self, app_id: str) -> str:
        """The region whose own account it is, the first of those that share it; empty: the installation's."""
        return next((of for of, one in self.accounts.items() if app_id in (one.official_account.app_id, one.mini_program.app_id)), "")

    @classmethod
    def from_settings(cls, settings: Settings, *, callback_url: str = "", receipts_url: str = "") -> Self:
        """The accounts of the settings; regions are the folders of the profiles."""
        accounts = {of: settings.accounts(of) for of in settings.with_accounts}
        known = [account for of in accounts.values() for _, account in of.named()]
        return cls(
            apps={one.app_id: one.secret.get_secret_value() for one in known if isinstance(one, WechatAccount)},
            accounts=accounts,
            sms_keys={one.key_id: one.key_secret.get_secret_value() for one in known if isinstance(one, SmsAccount)},
            callback_url=callback_url or settings.public_url.rstrip("/") + "/{region}/wechat/callback",
            receipts_url=receipts_url,
            regions=tuple(sorted(path.name for path in settings.regions.glob("*") if path.is_dir() and path.name[:1].isalpha())))
