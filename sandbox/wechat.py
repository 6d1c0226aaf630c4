"""Stands in for WeChat's platform: logins, tokens, phone numbers, messages; errors as the real one words them. The rest: ``wechat_account``."""

import asyncio
import itertools
import re
import secrets
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_answer
from sanic.response import redirect

from sandbox.callbacks import LONGEST_BYTES, sent
from sandbox.exchange import exchange, parameters, state_of
from sandbox.faults import Kind
from sandbox.state import Code, Person, Speaker, State, Target
from sandbox.views import render

blueprint = Blueprint("wechat")

ERRMSG: Final = {
    -1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40003: "invalid openid",
    40004: "invalid media type", 40005: "invalid file type", 40007: "invalid media_id",
    40013: "invalid appid", 40029: "invalid code", 40037: "invalid template_id", 40125: "invalid appsecret", 40163: "code been used",
    40226: "code blocked", 41001: "access_token missing", 43101: "user refuse to accept the msg", 45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit mustslower retry next minute", 45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit", 40129: "invalid scene", 40169: "invalid length for scene", 41030: "invalid page",
    43004: "require subscribe", 61010: "code is expired", 87009: "invalid signature", 47001: "data format error", 47003: "argument invalid!",
}
#: Longest, and of what: the kinds of a template's values.
KINDS: Final[dict[str, tuple[int, str]]] = {
    "thing": (20, r".*"), "number": (32, r"[\d.]+"), "letter": (32, r"[A-Za-z]+"), "symbol": (5, r"\W+"), "character_string": (32, r"[!-~]+"),
    "phone_number": (17, r"[\d+\- ]+"), "car_number": (8, r".*"), "name": (20, r".*"), "phrase": (5, r"[\u4e00-\u9fff]+"), "amount": (14, r".*"),
}
_numbers = itertools.count(1_398_000_000_000_000_001)
EARLY: Final = timedelta(minutes=5)
MIN_EXPIRES: Final = 300


def refusal(errcode: int, detail: str = "") -> HTTPResponse:
    hint = f"{ERRMSG.get(errcode, 'error')}{detail} rid: {secrets.token_hex(4)}"
    return json_answer({"errcode": errcode, "errmsg": hint})


def _error(code: str) -> HTTPResponse:
    return refusal(int(code or -1))


Api = Callable[[Request, State], HTTPResponse]


def calls_on(here: Blueprint) -> Callable[..., Callable[[Api], Api]]:
    """The decorator that registers one API on a blueprint: faults, the record, and where it needs one, the access token and the quota."""

    def calls(path: str, *, method: str = "POST", token: bool = True) -> Callable[[Api], Api]:
        def decorate(handler: Api) -> Api:
            async def answer(request: Request) -> HTTPResponse:
                state = state_of(request)
                if token and (errcode := _token_errcode(state, request.args.get("access_token"))):
                    return refusal(errcode)
                return refusal(45009) if state.over_quota(request.path) else handler(request, state)

            here.add_route(exchange(Target.WECHAT, _error)(answer), path, methods=[method], name=handler.__name__)
            return handler

        return decorate

    return calls


calls = calls_on(blueprint)


def _token_errcode(state: State, token: str | None) -> int:
    if not token:
        return 41001
    return 0 if any(token == known and ends > state.now() for _, known, ends in _tokens(state)) else 40001


def _tokens(state: State) -> list[tuple[str, str, datetime]]:
    """App id, token and its end, of all that are in use."""
    return [*((app_id, *known) for app_id, known in state.tokens.items()), *state.former_tokens]


def account_of(state: State, request: Request) -> str:
    """The app id that the token of this call belongs to."""
    token = request.args.get("access_token")
    return next((app_id for app_id, known, _ in _tokens(state) if known == token), "")


def addressee(state: State, request: Request, params: dict[str, Any]) -> Person | None:
    """Whose openid ``touser`` is to the account of this call; one of another account is nobody's."""
    openid = str(params.get("touser", ""))
    person = state.person_of(openid)
    return person if person and person.openid_for(account_of(state, request), state.options) == openid else None


def _credential_errcode(state: State, params: dict[str, Any]) -> int:
    secret = state.options.apps.get(str(params.get("appid", "")))
    return 40013 if secret is None else 0 if secrets.compare_digest(secret, str(params.get("secret", ""))) else 40125


@calls("/cgi-bin/stable_token", token=False)
def stable_token(request: Request, state: State) -> HTTPResponse:
    """The same token while it is valid; a new one when forced, or near its end, beside which the one before it goes on for its last minutes."""
    params = parameters(request)
    if errcode := _credential_errcode(state, params):
        return refusal(errcode)
    app_id, now = str(params["appid"]), state.now()
    known = state.tokens.get(app_id)
    if params.get("force_refresh") or known is None or known[1] <= now + EARLY:
        if known is not None:
            state.former_tokens.append((app_id, known[0], min(known[1], now + EARLY)))
        known = state.tokens[app_id] = secrets.token_urlsafe(96), now + timedelta(seconds=state.options.token_seconds)
    return json_answer({"access_token": known[0], "expires_in": max(MIN_EXPIRES, int((known[1] - now).total_seconds()))})


@calls("/cgi-bin/ticket/getticket", method="GET")
def getticket(request: Request, state: State) -> HTTPResponse:
    return json_answer({"errcode": 0, "errmsg": "ok", "ticket": secrets.token_urlsafe(64), "expires_in": 7200})


@calls("/sns/jscode2session", method="GET", token=False)
def jscode2session(request: Request, state: State) -> HTTPResponse:
    code = _spent(state, parameters(request), "js_code", "login")
    if isinstance(code, int):
        return refusal(code)
    openid = code.person.openid_for(code.app_id, state.options)
    document = {"openid": openid, "session_key": state.session_keys[openid], "unionid": code.person.unionid}
    answer = json_answer(document)
    answer.content_type = "text/plain"  # as the real one does at times
    return answer


@calls("/sns/oauth2/access_token", method="GET", token=False)
def oauth_access_token(request: Request, state: State) -> HTTPResponse:
    code = _spent(state, parameters(request), "code", "oauth")
    if isinstance(code, int):
        return refusal(code)
    person = code.person
    document = {"access_token": secrets.token_urlsafe(48), "expires_in": 7200, "refresh_token": secrets.token_urlsafe(48),
                "openid": person.openid_for(code.app_id, state.options), "scope": "snsapi_base"}
    return json_answer(document | ({"is_snapshotuser": 1} if person.snapshot else {}))


def _spent(state: State, params: dict[str, Any], name: str, kind: str) -> Code | int:
    return _credential_errcode(state, params) or state.spend_code(str(params.get(name, "")), kind, str(params.get("appid", "")))


@calls("/wxa/business/getuserphonenumber")
def getuserphonenumber(request: Request, state: State) -> HTTPResponse:
    app_id = account_of(state, request)
    code = state.spend_code(str(parameters(request).get("code", "")), "phone", app_id)
    if isinstance(code, int):
        return refusal(40029)  # here the real one has no word of its own for a used code
    phone, watermark = code.person.phone, {"timestamp": int(state.now().timestamp()), "appid": app_id}
    info = {"phoneNumber": phone, "purePhoneNumber": phone, "countryCode": 86, "watermark": watermark}
    return json_answer({"errcode": 0, "errmsg": "ok", "phone_info": info})


@calls("/cgi-bin/message/custom/send")
def custom_send(request: Request, state: State) -> HTTPResponse:
    """5 answers within 48 hours of a message, 3 within a minute of a tap; then 45047, or 45015."""
    params = parameters(request)
    person, openid = addressee(state, request, params), str(params.get("touser", ""))
    if person is None:
        return refusal(40003)
    until, left = state.windows.get(openid, (state.now(), 0))
    if until <= state.now():
        return refusal(45015)
    if not left:
        return refusal(45047)
    said = _said(state, params)
    if said is None:
        return refusal(47001)
    if len(said[0].encode()) > LONGEST_BYTES:
        return refusal(45002)
    state.windows[openid] = until, left - 1
    return shown(request, state, person, Speaker.ACCOUNT, *said)


def _said(state: State, params: dict[str, Any]) -> tuple[str, str, dict[str, str]] | None:
    """Text, picture and lines to tap of a customer-service message; None for what is none."""
    kind = str(params.get("msgtype", ""))
    given = params.get(kind)
    content: dict[str, Any] = given if isinstance(given, dict) else {}
    if kind == "text" and content.get("content"):
        return str(content["content"]), "", {}
    if kind == "image" and content.get("media_id") in state.media:
        return "", str(content["media_id"]), {}
    if kind == "msgmenu" and content.get("list"):
        return str(content.get("head_content", "")), "", {str(one["id"]): str(one["content"]) for one in content["list"]}
    return None


@calls("/cgi-bin/message/subscribe/send")
def subscribe_send(request: Request, state: State) -> HTTPResponse:
    """One consent buys one message; then 43101."""
    params = parameters(request)
    person, template = addressee(state, request, params), str(params.get("template_id", ""))
    if person is None:
        return refusal(40003)
    if errcode := unfit(state, template, params.get("data", {})):
        return refusal(*errcode)
    if not params.get("miniprogram_state") or not params.get("lang"):
        return refusal(47003)
    if not state.consents[person.openid, template]:
        return refusal(43101)
    state.consents[person.openid, template] -= 1
    lines, number = "\n".join(item["value"] for item in params.get("data", {}).values()), next(_numbers)
    if not dropped(request):
        afterwards(request, sent(state, request.app.ctx.http, person, account_of(state, request), template, number))
    return shown(request, state, person, Speaker.CARD, lines, msgid=number)


def unfit(state: State, template: str, data: dict[str, Any]) -> tuple[int, str] | None:
    """Why a template takes no such data. Once there are templates, their keys must be met to the letter, and others are unknown."""
    if not template or (state.wechat_templates and template not in state.wechat_templates):
        return 40037, ""
    keys = state.wechat_templates.get(template, frozenset(data))
    bad = next((key for key in sorted(keys | data.keys()) if key not in keys or not _fits(key, str(data.get(key, {}).get("value", "")))), None)
    return None if bad is None else (47003, f" data.{bad}.value invalid")


def _fits(key: str, value: str) -> bool:
    longest, pattern = KINDS.get(key.rstrip("0123456789"), (200, r".*"))
    return 1 <= len(value) <= longest and "\n" not in value and (value == "-" or re.fullmatch(pattern, value) is not None)


def shown(request: Request, state: State, person: Person, speaker: Speaker, text: str, picture: str = "", choices: dict[str, str] | None = None,
          **members: Any) -> HTTPResponse:
    if not dropped(request):
        state.say(person.openid, speaker, text, picture, choices, state.options.whose(account_of(state, request)))
    return json_answer({"errcode": 0, "errmsg": "ok", **members})


def dropped(request: Request) -> bool:
    """Whether a fault says yes in our place and lets nothing happen."""
    return bool(request.ctx.fault and request.ctx.fault.kind is Kind.DROP)


def afterwards(request: Request, work: Coroutine[Any, Any, None]) -> None:
    """Let it happen when this was answered, or was not."""
    task = asyncio.create_task(work)
    request.app.ctx.tasks.add(task)
    task.add_done_callback(request.app.ctx.tasks.discard)


@calls("/wxaapi/newtmpl/gettemplate", method="GET")
def gettemplate(request: Request, state: State) -> HTTPResponse:
    listed = [{"priTmplId": id, "title": id, "content": "".join(f"{key}:{{{{{key}.DATA}}}}\n" for key in keys), "type": 2}
              for id, keys in state.subscriptions.items()]
    return json_answer({"errcode": 0, "errmsg": "ok", "data": listed})


@blueprint.get("/connect/oauth2/authorize")
async def authorize(request: Request) -> HTTPResponse:
    """Whose phone is it? The one shown on the sandbox's page, or whoever is chosen here; then back with a code."""
    state = state_of(request)
    app_id, target = request.args.get("appid", ""), request.args.get("redirect_uri", "")
    if app_id not in state.options.apps or not re.match(r"https?://", target):
        return render("refused.html", status=400, title="无法登录", text="appid 或 redirect_uri 不对。")
    person = state.people.get(request.args.get("person") or request.cookies.get("sandbox_person") or "")
    if person is None:
        choices = [(one, f"{request.path}?{urlencode({**_query(request), 'person': one.openid})}") for one in state.people.values()]
        return render("authorize.html", choices=choices)
    parts = urlsplit(target)
    returned = urlencode({"code": state.new_code("oauth", app_id, person), "state": request.args.get("state", "")})
    return redirect(urlunsplit(parts._replace(query=f"{parts.query}&{returned}" if parts.query else returned)))


def _query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in request.args.items()}
