"""What can go wrong between us and WeChat's platform, and the one table that translates its ``errcode`` into it.

``errmsg`` is for the log's ``extra`` alone (it ends in a request id or a hint) and is never matched on.
"""

from collections.abc import Mapping
from typing import Final

from config.errors import Refusal, TooMany


class PlatformRefusal(Refusal):
    """微信暂时无法完成这一步，请稍后再试。"""

    status_code = 503
    code = "wechat_refused"


class CodeInvalid(PlatformRefusal):
    """微信登录信息已失效，请返回后重新进入。"""

    status_code = 401
    code = "wechat_code_invalid"


class Busy(PlatformRefusal):
    """微信正忙，请过一会儿再试。"""

    code = "wechat_busy"


class Unclear(PlatformRefusal):
    """微信没有回应，这一步可能已完成，请先查看结果，再决定是否重试。"""

    code = "wechat_unclear"


class Misconfigured(PlatformRefusal):
    """微信服务的设置有误，工作人员已收到提醒；请先用手机号登录。"""

    code = "wechat_misconfigured"


class LoginBlocked(PlatformRefusal):
    """微信认为这个账号有风险，不允许用微信登录；请用手机号登录。"""

    status_code = 403
    code = "wechat_login_blocked"


class SnapshotAccount(PlatformRefusal):
    """现在是微信的预览页面，请点右下角“使用完整服务”后再登录。"""

    status_code = 403
    code = "wechat_snapshot_account"


class Undeliverable(PlatformRefusal):
    """这条微信消息无法送达：对方没有订阅，或很久没有来访。"""

    status_code = 409
    code = "wechat_undeliverable"


class RateLimited(TooMany):
    """操作太频繁了，请一分钟后再试。"""

    code = "wechat_rate_limited"


MINUTE: Final = 60

# Our token, not the call, was refused: fetch a new one, and try this once more.
TOKEN_REFUSED: Final = frozenset({40001, 40014, 42001})
SYSTEM_BUSY: Final = -1

REFUSALS: Final[Mapping[int, type[PlatformRefusal]]] = {
    SYSTEM_BUSY: Busy,
    # Codes of wx.login, of the phone button, of the web login: single use, five minutes.
    40029: CodeInvalid,  # invalid, expired, or of another app
    40163: CodeInvalid,  # used already; missing in the documented table, seen in practice
    42003: CodeInvalid,  # web login: timed out
    40226: LoginBlocked,  # high-risk user
    # Sends that will not arrive, however often they are repeated.
    40003: Undeliverable,  # no such openid, or of another account
    43004: Undeliverable,  # does not follow the account
    43101: Undeliverable,  # no consent left for this template
    45015: Undeliverable,  # has not written or tapped within the window
    45047: Undeliverable,  # too many answers since the person last wrote
}
# Frequency and daily quotas: back off, no loop.
LIMITS: Final = frozenset({45009, 45011})


def translate(errcode: int, errmsg: str, path: str) -> Refusal:
    """The exception for an ``errcode`` that is not 0. A code without a row is ours to mend: secret (40125), app id
    (40013), address list (40164), template (40037), its data (47003), page (41030), permission (48001) …"""
    extra = {"path": path, "errcode": errcode, "errmsg": errmsg[:200]}
    if errcode in LIMITS:
        return RateLimited(retry_after=MINUTE, extra=extra)
    return REFUSALS.get(errcode, Misconfigured)(extra=extra)
