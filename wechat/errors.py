"""What can go wrong between us and WeChat's platform, and the one table that says what its ``errcode`` means and whether to call again.

``errmsg`` is for the log's ``extra`` alone (it ends in a request id or a hint) and is never matched on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
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


class Unaccepted(PlatformRefusal):
    """微信不接受这项内容，请修改后再试。"""

    status_code = 422
    code = "wechat_unaccepted"


class SessionOver(PlatformRefusal):
    """微信登录已过期，请重新登录。"""

    status_code = 401
    code = "wechat_session_over"


class RateLimited(TooMany):
    """操作太频繁了，请一分钟后再试。"""

    code = "wechat_rate_limited"


class Again(Enum):
    """When it is worth calling again."""

    NEVER = auto()  # the same call will be refused the same way
    SOON = auto()  # busy: reads and what may safely happen twice are asked again at once, a send is not
    FRESH_TOKEN = auto()  # our token was refused, not the call: once more with another one
    LATER = auto()  # a quota is used up: not before some time has passed, whoever asks


@dataclass(frozen=True)
class Meaning:
    refusal: type[Refusal]
    again: Again = Again.NEVER


_TOKEN = Meaning(Misconfigured, Again.FRESH_TOKEN)
_CODE = Meaning(CodeInvalid)
_UNDELIVERABLE = Meaning(Undeliverable)
_OURS = Meaning(Misconfigured)
_CONTENT = Meaning(Unaccepted)
_QUOTA = Meaning(RateLimited, Again.LATER)

MEANINGS: Final[Mapping[int, Meaning]] = {
    -1: Meaning(Busy, Again.SOON),  # system busy
    # The token of our call.
    40001: _TOKEN,  # invalid, or not the latest; of the token call itself: the secret is wrong
    40014: _TOKEN,  # not a token
    42001: _TOKEN,  # over
    # Codes of wx.login, of the phone button, of the web login: single use, five minutes.
    40029: _CODE,  # invalid, expired, or of another app
    40163: _CODE,  # used already; missing in the documented table, seen in practice
    42003: _CODE,  # web login: timed out
    40226: Meaning(LoginBlocked),  # high-risk user
    87009: Meaning(SessionOver),  # checksession: the key is stale, or not this person's
    # Sends that will not arrive, however often they are repeated.
    40003: _UNDELIVERABLE,  # no such openid, or of another account
    43004: _UNDELIVERABLE,  # does not follow the account
    43101: _UNDELIVERABLE,  # no consent left for this template
    45015: _UNDELIVERABLE,  # has not written or tapped within the window
    45047: _UNDELIVERABLE,  # too many answers since the person last wrote
    61010: _UNDELIVERABLE,  # content check: the person has not used the mini program for two hours
    # What was sent along.
    40004: _CONTENT,  # kind of a picture or file
    40005: _CONTENT,  # its format
    40007: _CONTENT,  # its number: wrong, or older than three days
    40009: _CONTENT,  # its size
    40066: _CONTENT,  # address of a short link
    40129: _CONTENT,  # scene of a code
    40169: _CONTENT,  # scene of a code: its length
    41030: _CONTENT,  # page that the released version does not have
    44002: _CONTENT,  # empty body
    45002: _CONTENT,  # text too long
    45008: _CONTENT,  # more than one article
    47001: _CONTENT,  # not JSON
    47003: _CONTENT,  # data of a template: errmsg names the key
    40054: _CONTENT,  # menu: address of a button
    40055: _CONTENT,  # menu: name of a button below another
    65301: _CONTENT,  # there is no such menu
    # Ours to mend.
    40013: _OURS,  # app id
    40037: _OURS,  # template
    40125: _OURS,  # secret
    40164: _OURS,  # our address is not on the list; errmsg names it
    41001: _OURS,  # no token
    41002: _OURS,  # no app id
    41004: _OURS,  # no secret
    43104: _OURS,  # app id and openid, or kind of program, do not fit
    48001: _OURS,  # the account lacks the right, or is not verified
    50002: _OURS,  # the account is closed
    # Quotas: back off, no loop.
    45009: _QUOTA,  # of the day, or of the minute
    45011: _QUOTA,  # of one person's minute, at login
}
UNKNOWN: Final = _OURS
MINUTE: Final = 60


def meaning_of(errcode: int) -> Meaning:
    """A code without a row is ours to look into."""
    return MEANINGS.get(errcode, UNKNOWN)


def translate(errcode: int, errmsg: str, path: str) -> Refusal:
    """The exception for an ``errcode`` that is not 0. (A token refused again right after it was fetched anew is a matter of settings.)"""
    extra = {"path": path, "errcode": errcode, "errmsg": errmsg[:200]}
    meaning = meaning_of(errcode)
    if meaning.again is Again.LATER:
        return RateLimited(retry_after=MINUTE, extra=extra)
    return meaning.refusal(extra=extra)
