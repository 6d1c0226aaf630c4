"""The gateways of a worker: of the installation, and of each region that has an Aliyun account of its own.

One account has one pace and one pool of connections, however often it is named.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from config.accounts import Accounts, SmsAccount
from config.settings import Settings
from sms.aliyun import AliyunGateway
from sms.gateway import Pair, SmsGateway
from sms.pace import Pace, Paced
from sms.signed import SignedGateway


class Gateways:
    """``installation``: of every region that has no account of its own; ``own``: of those that have."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._now = now
        self._paces: dict[str, Pace] = {}
        self._firsts: dict[str, AliyunGateway] = {}
        self._seconds: dict[tuple[str, str], SignedGateway] = {}
        self.installation = self._pair(settings.accounts())
        self.own: Mapping[str, Pair] = {region: self._pair(accounts) for region in settings.own_accounts
                                        if (accounts := settings.accounts(region)).own_sms}

    @property
    def pairs(self) -> Mapping[str, Pair]:
        """All of them, the installation's under no region's name."""
        return {"": self.installation, **self.own}

    async def close(self) -> None:
        """Let threads and connections go; a call under way ends by its own time limit."""
        for first in self._firsts.values():
            first.close()
        for second in self._seconds.values():
            await second.close()

    def _pair(self, accounts: Accounts) -> Pair:
        return Pair(self._first(accounts.sms), self._second(accounts.sms_second) if accounts.sms_second else None)

    def _first(self, account: SmsAccount) -> SmsGateway:
        if account.key_id not in self._firsts:
            self._firsts[account.key_id] = AliyunGateway.of(account)
        return Paced(self._firsts[account.key_id], self._pace(account))

    def _second(self, account: SmsAccount) -> SmsGateway:
        known = account.key_id, account.url
        if known not in self._seconds:
            self._seconds[known] = SignedGateway.of(account, self._now)
        return Paced(self._seconds[known], self._pace(account))

    def _pace(self, account: SmsAccount) -> Pace:
        return self._paces.setdefault(account.key_id, Pace(account.rate))
