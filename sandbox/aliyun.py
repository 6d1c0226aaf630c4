"""Stands in for Aliyun SMS: RPC calls by POST at ``/``, the signature verified, its error codes, receipts pushed back.

The signature is computed here by its published rule, not by the vendor's SDK, which is what the product signs with.
"""

import base64
import hashlib
import hmac
import itertools
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_answer

from sandbox.exchange import exchange, parameters, state_of
from sandbox.faults import Kind
from sandbox.receipts import ZONE, local, settle_later
from sandbox.state import SmsTemplate, State, Target, TextMessage

blueprint = Blueprint("aliyun")

PHONE: Final = re.compile(r"(?:\+86|0086|86)?(1\d{10})")
LONGEST_PARAMETER: Final = 35
MAX_NUMBERS: Final = 1000
CLOCK_SKEW: Final = timedelta(minutes=15)
# Codes by number and sign, notices by number, sign and template: how many within how long, and how the real one words it.
CODE_LIMITS: Final = ((timedelta(minutes=1), 1, "分钟级"), (timedelta(hours=1), 5, "小时级"), (timedelta(days=1), 10, "天级"))
NOTICE_LIMITS: Final = ((timedelta(days=1), 50, "天级"),)
# Refusals of the gateway in front, which come with a status of their own; all others are HTTP 200.
GATEWAY_STATUS: Final = {"InvalidAccessKeyId.NotFound": 404, "SignatureDoesNotMatch": 400, "SignatureNonceUsed": 400,
                         "InvalidTimeStamp.Expired": 400, "Throttling": 400, "Throttling.User": 400, "Throttling.Api": 400,
                         "ServiceUnavailable": 503, "InternalError": 500, "InvalidAction.NotFound": 404}
_biz_numbers = itertools.count(900_619_746_936_498_440)


class Refused(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or code


def string_to_sign(method: str, params: Mapping[str, Any]) -> str:
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(params.items()))
    return f"{method}&%2F&{_quoted(query)}"


def _quoted(value: object) -> str:
    return quote(str(value), safe="~")


def rpc_signature(method: str, params: Mapping[str, Any], secret: str) -> str:
    """RPC signature 1.0: HMAC-SHA1 over the sorted, percent-encoded parameters without ``Signature``."""
    digest = hmac.new(f"{secret}&".encode(), string_to_sign(method, params).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def answer(code: str, message: str = "", **members: Any) -> HTTPResponse:
    document = {"Code": code, "Message": message or code, "RequestId": secrets.token_hex(16).upper(), **members}
    return json_answer(document, status=GATEWAY_STATUS.get(code, 200), ensure_ascii=False, dumps=json.dumps)


def _error(code: str) -> HTTPResponse:
    """A fault's code, with the message that goes with it where the product reads one: ``isv.BUSINESS_LIMIT_CONTROL:天级流控``."""
    name, _, message = code.partition(":")
    return answer(name or "isp.SYSTEM_ERROR", message or ("触发分钟级流控Permits:1" if name == "isv.BUSINESS_LIMIT_CONTROL" else name))


@blueprint.post("/")
@exchange(Target.SMS, _error)
async def call(request: Request) -> HTTPResponse:
    state, params = state_of(request), parameters(request)
    done = _do(request, state, params)
    done.headers["Date"] = format_datetime(state.now(), usegmt=True)
    return done


def _do(request: Request, state: State, params: Mapping[str, Any]) -> HTTPResponse:
    try:
        _authenticate(state, request.method, params)
        match params.get("Action"):
            case "SendSms":
                return _send(request, state, params)
            case "QuerySendDetails":
                return _query(state, params)
            case "GetSmsSign":
                return _sign(state, str(params.get("SignName", "")))
            case "GetSmsTemplate":
                return _template(state, str(params.get("TemplateCode", "")))
            case _:
                raise Refused("InvalidAction.NotFound")
    except Refused as refused:
        return answer(refused.code, refused.message)


def _authenticate(state: State, method: str, params: Mapping[str, Any]) -> None:
    secret = state.options.sms_keys.get(str(params.get("AccessKeyId", "")))
    if secret is None:
        raise Refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    signed = {name: value for name, value in params.items() if name != "Signature"}
    if not hmac.compare_digest(rpc_signature(method, signed, secret), str(params.get("Signature", ""))):
        raise Refused("SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:"
                      + string_to_sign(method, signed))
    try:
        asked_at = datetime.strptime(str(params.get("Timestamp")), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("InvalidTimeStamp.Format") from None
    if abs(state.now() - asked_at) > CLOCK_SKEW:
        raise Refused("InvalidTimeStamp.Expired")
    nonce = str(params.get("SignatureNonce"))
    if nonce in state.nonces:
        raise Refused("SignatureNonceUsed")
    state.nonces.add(nonce)


def _send(request: Request, state: State, params: Mapping[str, Any]) -> HTTPResponse:
    phones = _phones(str(params.get("PhoneNumbers", "")))
    sign, template = str(params.get("SignName", "")), str(params.get("TemplateCode", ""))
    if not sign:
        raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
    values = _values(str(params.get("TemplateParam") or "{}"))
    text = _render(state, template, values)
    for phone in phones:
        _require_pace(state, phone, sign, template)
    biz_id = f"{next(_biz_numbers)}^0"
    silent = bool(request.ctx.fault and request.ctx.fault.kind is Kind.DROP)
    for phone in phones:
        message = TextMessage(phone, sign, template, text, values, str(params.get("OutId", "")), biz_id, state.now(),
                              key_id=str(params["AccessKeyId"]), silent=silent)
        state.texts.append(message)
        if not silent:
            settle_later(request.app, message)
    state.changed()
    return answer("OK", BizId=biz_id)


def _phones(text: str) -> list[str]:
    numbers = [number for number in text.split(",") if number]
    if len(numbers) > MAX_NUMBERS:
        raise Refused("isv.MOBILE_COUNT_OVER_LIMIT")
    found = [PHONE.fullmatch(number) for number in numbers]
    if not found or None in found:
        raise Refused("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号")
    return [match.group(1) for match in found if match]


def _values(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
    except ValueError:
        raise Refused("isv.INVALID_JSON_PARAM") from None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Refused("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    if any(len(value) > LONGEST_PARAMETER for value in values.values()):
        raise Refused("isv.PARAM_LENGTH_LIMIT")
    if any("://" in value for value in values.values()):
        raise Refused("isv.PARAM_NOT_SUPPORT_URL")
    return values


def _render(state: State, code: str, values: Mapping[str, str]) -> str:
    """The text in the phone. While no template is registered every code is taken; after that, only those."""
    template = state.templates.get(code)
    if template is None:
        if state.templates or not code:
            raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
        template = SmsTemplate(code, f"（{code}）" + "，".join(f"{name}：${{{name}}}" for name in values))
    missing = [name for name in re.findall(r"\$\{(\w+)}", template.text) if not values.get(name)]
    if missing:
        raise Refused("isv.TEMPLATE_MISSING_PARAMETERS", f"模板缺少变量：{missing}")
    return re.sub(r"\$\{(\w+)}", lambda found: values[found.group(1)], template.text)


def _require_pace(state: State, phone: str, sign: str, code: str) -> None:
    if not state.flow_control:
        return
    codes = {one.code for one in state.templates.values() if one.verification}
    verification = code in codes
    counted = codes if verification else {code}  # a notice never holds up a code
    same = [text.sent_at for text in state.texts if (text.phone, text.sign) == (phone, sign) and text.template in counted]
    for span, most, word in CODE_LIMITS if verification else NOTICE_LIMITS:
        if sum(moment > state.now() - span for moment in same) >= most:
            raise Refused("isv.BUSINESS_LIMIT_CONTROL", f"触发{word}流控Permits:{most}")


def _query(state: State, params: Mapping[str, Any]) -> HTTPResponse:
    phone, day, biz_id = _phones(str(params.get("PhoneNumber", "")))[0], str(params.get("SendDate", "")), params.get("BizId")
    size, page = int(params.get("PageSize", 10)), int(params.get("CurrentPage", 1))
    if not 1 <= size <= 50:
        raise Refused("isv.INVALID_PARAMETERS")
    found = [text for text in reversed(state.texts) if text.phone == phone and text.sent_at.astimezone(ZONE).strftime("%Y%m%d") == day
             and (not biz_id or text.biz_id == biz_id)]
    details = [_detail(text) for text in found[(page - 1) * size:page * size]]
    return answer("OK", TotalCount=len(found), SmsSendDetailDTOs={"SmsSendDetailDTO": details})


def _detail(text: TextMessage) -> dict[str, Any]:
    return {"PhoneNum": text.phone, "SendStatus": text.status, "ErrCode": text.err_code, "OutId": text.out_id,
            "TemplateCode": text.template, "Content": f"【{text.sign}】{text.text}", "SendDate": local(text.sent_at),
            **({"ReceiveDate": local(text.received_at)} if text.received_at else {})}


def _sign(state: State, name: str) -> HTTPResponse:
    """While no sign is registered every one is; ``state.signs`` has the others' status: 0 under review, 1 approved, 2 refused."""
    if not name or (state.signs and name not in state.signs):
        raise Refused("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
    return answer("OK", SignName=name, SignStatus=state.signs.get(name, 1), AuditInfo={"RejectInfo": ""}, CreateDate=local(state.now()))


def _template(state: State, code: str) -> HTTPResponse:
    """Likewise, its numbers as text; a template that nobody registered has no text to show."""
    known = state.templates.get(code)
    if not code or (state.templates and known is None):
        raise Refused("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
    return answer("OK", TemplateCode=code, TemplateName=code, TemplateContent=known.text if known else "", TemplateType="0",
                  TemplateStatus=str(known.status if known else 1), AuditInfo={"RejectInfo": ""}, CreateDate=local(state.now()))
