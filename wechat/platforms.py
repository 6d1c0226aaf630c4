"""The platforms of a process: of each region its own mini program and official account, or the installation's.

One object an account: regions that share one share its token, its connections, and its rest after a refusal.
"""

from collections.abc import Callable, Mapping

from redis.asyncio import Redis

from config.accounts import WechatAccount
from config.settings import Settings
from wechat.platform import Platform


class Platforms:
    """Opened as they are asked for; ``close`` ends them all. Settings say nothing of one account twice, so its id is enough to know it by."""

    def __init__(self, settings: Settings, redis: "Redis | None") -> None:
        self._settings, self._redis = settings, redis
        self._known: dict[str, Platform] = {}

    def mini_program(self, region: str = "") -> Platform:
        return self._of(self._settings.accounts(region).mini_program)

    def official_account(self, region: str = "") -> Platform:
        return self._of(self._settings.accounts(region).official_account)

    def mini_programs(self) -> Mapping[str, Platform]:
        """The installation's, under no region's name, and those of the regions that have their own."""
        return self._all(self.mini_program)

    def official_accounts(self) -> Mapping[str, Platform]:
        """As :meth:`mini_programs`."""
        return self._all(self.official_account)

    def _all(self, of: Callable[[str], Platform]) -> Mapping[str, Platform]:
        ours = of("")
        return {"": ours} | {region: own for region in self._settings.own_accounts if (own := of(region)) is not ours}

    async def close(self) -> None:
        for platform in self._known.values():
            await platform.close()
        self._known.clear()

    def _of(self, account: WechatAccount) -> Platform:
        if account.app_id not in self._known:
            self._known[account.app_id] = Platform.of(account, self._settings.wechat_url, self._redis)
        return self._known[account.app_id]
