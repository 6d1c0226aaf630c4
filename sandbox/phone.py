"""The page ``/sandbox/``: one person's phone with its chat, SMS and scanner, and beside it what the product does behind it."""

from typing import Any, Final
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from sandbox.exchange import state_of
from sandbox.faults import FaultTarget, Kind
from sandbox.state import Person, State, Target
from sandbox.views import render

blueprint = Blueprint("phone")

APPS: Final = {"wechat": "微信", "sms": "短信", "scan": "扫一扫"}
SHOWN_CALLS, SHOWN_MAILS, SHOWN_TEXTS, SHOWN_LINES = 60, 20, 40, 80
TARGET_LABELS: Final = {FaultTarget.SMS: "短信网关", FaultTarget.WECHAT: "微信平台", FaultTarget.SMTP: "邮件",
                        FaultTarget.RECEIPTS: "短信回执", FaultTarget.CLAMD: "病毒检查",
                        FaultTarget.CALLBACK: "公众号回调"}
CALL_LABELS: Final = {Target.SMS: "短信", Target.WECHAT: "微信", Target.SMTP: "邮件", Target.RECEIPTS: "回执", Target.CALLBACK: "回调",
                     Target.CLAMD: "病毒检查"}
KIND_LABELS: Final = {
    Kind.SLOW: "变慢", Kind.ERROR: "返回错误码", Kind.CUT: "断开，没有办理", Kind.HANG: "不应答，没有办理",
    Kind.ACCEPT_THEN_CUT: "办了，随后断开", Kind.ACCEPT_THEN_HANG: "办了，但不应答",
    Kind.ACCEPT_THEN_TRUNCATE: "办了，应答只有一半", Kind.ACCEPT_THEN_5XX: "办了，却说出错",
    Kind.DUPLICATE: "消息同时送三次", Kind.FORGED: "消息签名不对", Kind.STALE: "消息是一小时前的",
    Kind.DUPLICATE_RECEIPT: "回执推送两次", Kind.DROP: "收下，但石沉大海"}


@blueprint.get("/sandbox/")
async def phone(request: Request) -> HTTPResponse:
    state = state_of(request)
    person, of = _whose(request, state), _account(request, state)
    app = request.args.get("app") if request.args.get("app") in APPS else "wechat"
    response = render("phone.html", **_view(request, state, person, str(app), of))
    if person:  # so that WeChat's login knows whose phone it is
        response.add_cookie("sandbox_person", person.openid, path="/", secure=False, httponly=True, samesite="Lax")
    return response


@blueprint.get("/")
async def home(_: Request) -> HTTPResponse:
    return redirect("/sandbox/")


def _whose(request: Request, state: State) -> Person | None:
    asked = request.args.get("person") or request.cookies.get("sandbox_person") or ""
    return state.people.get(asked) or next(iter(state.people.values()), None)


def _account(request: Request, state: State) -> str:
    """Whose official account is open on the phone: of a region that has its own, or the installation's."""
    asked = request.args.get("account", "")
    return asked if asked in _own(state) else ""


def _own(state: State) -> list[str]:
    return [of for of in state.options.accounts if of in _sharing(state, of)[:1]]


def _sharing(state: State, of: str) -> list[str]:
    """The regions whose people talk to this official account."""
    return [one for one in state.options.regions if state.options.whose(state.options.official(one).app_id) == of]


def _view(request: Request, state: State, person: Person | None, app: str, of: str) -> dict[str, Any]:
    openid = person.openid if person else ""
    everybody = bool(request.args.get("all")) or person is None
    texts = [text for text in reversed(state.texts) if everybody or (person and text.phone == person.phone)]
    return {
        "version": state.version, "apps": APPS, "app": app, "query": urlencode({"person": openid, "app": app, "account": of}),
        "account": of, "own_accounts": _own(state),
        "person": person, "people": list(state.people.values()),
        "lines": [line for line in state.chat if (line.openid, line.of) == (openid, of)][-SHOWN_LINES:],
        "menu": state.menus.get(state.options.official(of).app_id, []),
        "texts": texts[:SHOWN_TEXTS], "everybody": everybody, "boards": state.boards,
        "regions": _sharing(state, of), "region": of or state.account_region,
        "faults": state.faults.active, "targets": TARGET_LABELS, "kinds": KIND_LABELS,
        "mails": list(reversed(state.mails))[:SHOWN_MAILS], "calls": list(state.calls)[:SHOWN_CALLS], "call_labels": CALL_LABELS,
        "callback_url": state.callback_url}
