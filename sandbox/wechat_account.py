"""The rest of WeChat's platform: how the accounts look, codes and links, template messages, the content check. As strict as the real one."""

import base64
import hashlib
import hmac
import itertools
import re
import secrets
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_answer
from sanic.response import raw

from sandbox.callbacks import finish
from sandbox.exchange import parameters
from sandbox.state import Speaker, State
from sandbox.wechat import account_of, addressee, afterwards, calls_on, refusal, shown, unfit

blueprint = Blueprint("wechat_account")
calls = calls_on(blueprint)

OK: Final = {"errcode": 0, "errmsg": "ok"}
SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
#: The smallest picture there is: one grey point.
JPEG: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z")
IMAGES: Final = (b"\xff\xd8\xff", b"\x89PNG")
#: Words by which a test says what the check is to find.
RISKY, REVIEW = "违规测试", "复审测试"
NAMES: Final = (16, 60)  # bytes of a button's name: of the bar, and below
_numbers = itertools.count(2_398_000_000_000_000_001)


@calls("/wxa/checksession", method="GET")
def checksession(request: Request, state: State) -> HTTPResponse:
    key = state.session_keys.get(request.args.get("openid", ""))
    right = key is not None and hmac.compare_digest(hmac.new(key.encode(), b"", "sha256").hexdigest(), request.args.get("signature", ""))
    return json_answer(OK) if right and request.args.get("sig_method") == "hmac_sha256" else refusal(87009)


@calls("/wxa/getwxacodeunlimit")
def getwxacodeunlimit(request: Request, state: State) -> HTTPResponse:
    """A picture, or JSON in its place."""
    params = parameters(request)
    scene, page = str(params.get("scene", "")), str(params.get("page", ""))
    if not 1 <= len(scene) <= 32:
        return refusal(40169)
    if not SCENE.fullmatch(scene):
        return refusal(40129)
    released = params.get("check_path", True) and state.pages and page not in state.pages
    return refusal(41030) if page.startswith("/") or "?" in page or released else raw(JPEG, content_type="image/jpeg")


@calls("/wxa/generate_urllink")
def generate_urllink(request: Request, state: State) -> HTTPResponse:
    params = parameters(request)
    if not 1 <= int(params.get("expire_interval", 0)) <= 30 or len(str(params.get("query", ""))) > 1024:
        return refusal(40212)
    return json_answer(OK | {"url_link": f"https://wxaurl.cn/{secrets.token_hex(6)}"})


@calls("/cgi-bin/qrcode/create")
def qrcode_create(request: Request, state: State) -> HTTPResponse:
    params = parameters(request)
    scene = str(params.get("action_info", {}).get("scene", {}).get("scene_str", ""))
    if params.get("action_name") != "QR_STR_SCENE" or not 1 <= len(scene) <= 64:
        return refusal(40053)
    ticket = hashlib.sha256(scene.encode()).hexdigest()
    return json_answer({"ticket": ticket, "expire_seconds": params.get("expire_seconds", 60), "url": f"http://weixin.qq.com/q/{ticket[:24]}"})


@calls("/cgi-bin/message/template/send")
def template_send(request: Request, state: State) -> HTTPResponse:
    """Taken at once; whether it arrived, an event tells afterwards. One ``client_msg_id`` is one message."""
    params = parameters(request)
    person = addressee(state, request, params)
    template, own_id = str(params.get("template_id", "")), str(params.get("client_msg_id", ""))
    if person is None:
        return refusal(40003)
    if params["touser"] in state.left:
        return refusal(43004)
    if errcode := unfit(state, template, params.get("data", {})):
        return refusal(*errcode)
    if own_id and own_id in state.message_numbers:
        return json_answer(OK | {"msgid": state.message_numbers[own_id]})
    number = state.message_numbers[own_id or secrets.token_hex(8)] = next(_numbers)
    text = "\n".join(item["value"] for item in params.get("data", {}).values())
    afterwards(request, finish(state, request.app.ctx.http, person, account_of(state, request), number))
    return shown(request, state, person, Speaker.CARD, text, msgid=number)


@calls("/cgi-bin/template/get_all_private_template", method="GET")
def get_all_private_template(request: Request, state: State) -> HTTPResponse:
    listed = [{"template_id": id, "title": id, "content": "".join(f"{key}:{{{{{key}.DATA}}}}\n" for key in sorted(keys))}
              for id, keys in state.wechat_templates.items()]
    return json_answer({"template_list": listed})


@calls("/cgi-bin/media/upload")
def media_upload(request: Request, state: State) -> HTTPResponse:
    """A picture, kept for three days (here: while the sandbox runs)."""
    sent = request.files.get("media") if request.files else None
    if request.args.get("type") != "image" or sent is None or not sent.body.startswith(IMAGES):
        return refusal(40004 if sent is None else 40005)
    return json_answer({"type": "image", "media_id": state.keep_media(sent.body), "created_at": int(state.now().timestamp())})


@calls("/cgi-bin/media/get", method="GET")
def media_get(request: Request, state: State) -> HTTPResponse:
    data = state.media.get(request.args.get("media_id", ""))
    return raw(data, content_type="image/jpeg") if data is not None else refusal(40007)


@calls("/cgi-bin/menu/create")
def menu_create(request: Request, state: State) -> HTTPResponse:
    buttons = parameters(request).get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        return refusal(40017 if isinstance(buttons, list) else 47001)
    if errcode := next(_wrong(buttons, 0), 0):
        return refusal(errcode)
    state.menus[account_of(state, request)] = buttons
    state.changed()
    return json_answer(OK)


def _wrong(buttons: list[dict[str, Any]], depth: int) -> Iterator[int]:
    for button in buttons:
        below = button.get("sub_button", [])
        if not 1 <= len(str(button.get("name", "")).encode()) <= NAMES[depth]:
            yield (40018, 40055)[depth]
        if len(below) > 5 or (below and depth):
            yield 40023
        if not below and button.get("type") not in {"click", "view", "scancode_push", "scancode_waitmsg", "miniprogram", "location_select"}:
            yield 40016
        if not below and button.get("type") == "click" and not 1 <= len(str(button.get("key", "")).encode()) <= 128:
            yield 40019
        if not below and button.get("type") == "view" and urlsplit(str(button.get("url", ""))).scheme not in {"http", "https"}:
            yield 40054
        yield from _wrong(below, 1)


@calls("/cgi-bin/get_current_selfmenu_info", method="GET")
def get_current_selfmenu_info(request: Request, state: State) -> HTTPResponse:
    """The same menu in other words: what stands below a button is a list within an object."""
    menu = state.menus.get(account_of(state, request), [])
    told = [{"name": one["name"], "sub_button": {"list": one["sub_button"]}} if one.get("sub_button") else one for one in menu]
    return json_answer({"is_menu_open": int(bool(menu)), "selfmenu_info": {"button": told}})


@calls("/cgi-bin/menu/delete", method="GET")
def menu_delete(request: Request, state: State) -> HTTPResponse:
    state.menus.pop(account_of(state, request), None)
    state.changed()
    return json_answer(OK)


@calls("/wxa/msg_sec_check")
def msg_sec_check(request: Request, state: State) -> HTTPResponse:
    """Version 2: the verdict is in the result. Who has not used the mini program lately cannot be asked about."""
    params = parameters(request)
    content = str(params.get("content", ""))
    if params.get("version") != 2 or params.get("scene") not in {1, 2, 3, 4}:
        return refusal(40129)
    if not content or len(content) > 2500:
        return refusal(44002 if not content else 45002)
    if (person := state.person_of(str(params.get("openid", "")))) is None:
        return refusal(40003)
    if person.mini_openid not in state.session_keys:
        return refusal(61010)
    words = content + str(params.get("title", ""))
    suggest, label = ("risky", 20001) if RISKY in words else ("review", 21000) if REVIEW in words else ("pass", 100)
    return json_answer(OK | {"result": {"suggest": suggest, "label": label}, "detail": [], "trace_id": secrets.token_hex(8)})


