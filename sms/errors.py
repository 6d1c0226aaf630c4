"""What a failed SMS call means for us, and the one table that translates the vendor's codes into it.

Four answers to one question, *may this be sent again?*, and nothing else is ever raised by a gateway:

============== ==================================================== =========================================
:class:`Rejected`      refused for certain, nothing was sent                never, unless ``permanent`` is false
:class:`Throttled`     refused for certain, nothing was sent                after ``retry_after`` seconds
:class:`Misconfigured` refused for certain, nothing *will* be sent          not before an operator mended it
:class:`Unclear`       nobody knows whether it was sent                     never blindly: ask ``find`` first
============== ==================================================== =========================================

The texts of these exceptions hold the vendor's code alone: its messages repeat phone numbers and verification codes.
"""

from typing import Final

MINUTE, HOUR, DAY = 60, 3600, 86_400
#: Until a gateway that nobody could reach is tried again.
AWAY_PAUSE: Final = 15


class SmsError(Exception):
    """Base of what a gateway raises. ``code`` is the vendor's, for the log and for the row that records the attempt."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Rejected(SmsError):
    """The gateway refused this message. ``permanent``: the same message will always be refused."""

    def __init__(self, code: str, permanent: bool = True) -> None:
        super().__init__(code)
        self.permanent = permanent


class Throttled(SmsError):
    """Too fast, for this number or for the account. ``retry_after``: seconds until it is worth another try."""

    def __init__(self, code: str, retry_after: int) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class Unreached(Throttled):
    """No connection came about: the gateway is away, and took nothing."""


class Misconfigured(SmsError):
    """Account, key, sign or template is wrong: an alarm for the operator; further sends fail the same way (open the breaker)."""


class Unclear(SmsError):
    """Time-out, cut connection, 5xx, an answer that cannot be read: sent or not, nobody knows. Only ``find`` can tell."""


# Flow control says in its message which limit was hit; the limit is by number and sign, the day is a rolling one.
FLOW_CONTROL: Final = "isv.BUSINESS_LIMIT_CONTROL"
FLOW_PERIODS: Final = (("分钟级", MINUTE), ("小时级", HOUR), ("天级", DAY))

# The request never reached the sending stage, and the vendor asks for a slower pace.
THROTTLING: Final = frozenset({"Throttling", "Throttling.User", "Throttling.Api"})
THROTTLING_PAUSE: Final = 2

# Our own word for: no connection came about.
UNREACHED: Final = "SDK.Unreached"

# Refused, but only because of this very attempt: a fresh signature and a right clock are accepted.
REFUSED_ONCE: Final = frozenset({"SignatureNonceUsed", "InvalidTimeStamp.Expired"})

# The vendor broke while it worked: whether the message went out is unknown.
UNKNOWN_OUTCOME: Final = frozenset({"isp.SYSTEM_ERROR", "ServiceUnavailable", "InternalError", "SDK.HttpError", "SDK.UnknownServerError"})

MISCONFIGURED: Final = frozenset({
    # Template or sign missing, not approved, of the wrong kind, or without the carriers' registration.
    "isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.SIGN_STATE_ILLEGAL",
    "isv.SMS_SIGN_ILLEGAL",
    # Money, contract and quotas of the whole account.
    "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.PRODUCT_UN_SUBSCRIPT", "isv.ACCOUNT_ABNORMAL",
    "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL",
    # Key, permission, address.
    "isp.RAM_PERMISSION_DENY", "InvalidAccessKeyId.NotFound", "InvalidAccessKeySecret", "SignatureDoesNotMatch", "isv.DENY_IP_RANGE",
})
# Everything else that begins with ``isv.`` is about this one message (isv.MOBILE_NUMBER_ILLEGAL, isv.MOBILE_COUNT_OVER_LIMIT,
# isv.TEMPLATE_MISSING_PARAMETERS, isv.INVALID_PARAMETERS, isv.INVALID_JSON_PARAM, isv.PARAM_LENGTH_LIMIT,
# isv.PARAM_NOT_SUPPORT_URL, isv.BLACK_KEY_CONTROL_LIMIT, isv.SMS_CONTENT_ILLEGAL …): refused, for good.


def translate(code: str, message: str, http_status: int) -> SmsError:
    """The exception for one refusal. ``message`` is read for the flow-control period only, and never kept.

    An unknown code counts by who spoke: a business code (``isv.``) refuses this message, a gateway's 4xx refuses us,
    and all else leaves the outcome open.
    """
    if code == FLOW_CONTROL:
        return Throttled(code, next((seconds for word, seconds in FLOW_PERIODS if word in message), HOUR))
    if code in THROTTLING:
        return Throttled(code, THROTTLING_PAUSE)
    if code == UNREACHED:
        return Unreached(code, AWAY_PAUSE)
    if code in REFUSED_ONCE:
        return Rejected(code, permanent=False)
    if code in MISCONFIGURED:
        return Misconfigured(code)
    if code in UNKNOWN_OUTCOME or http_status >= 500:
        return Unclear(code)
    if code.startswith("isv."):
        return Rejected(code, permanent=True)
    return Misconfigured(code) if 400 <= http_status < 500 else Unclear(code)
