"""登录 (WH-05): phone and code first, password second; then back to where one came from, with the scan kept. Staff come in here too."""

from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from models.account import AccountKind
from services import captchas, codes, contact, login, password_reset
from services.actors import Actor
from services.captchas import Answer, CaptchaNeeded
from services.codes import Given, Sender
from services.login import Entered
from web import again, csrf, pages, returning
from web import sessions as cookies
from web.bodies import Body, parse
from web.context import Face, now, region, visitor

#: Seconds until the button sends another code: the narrowest of the limits (``services.codes.allowances``).
WAIT_SECONDS = 60
WECHAT_OFFERED = "wechat_offered"
blueprint = Blueprint("phone_login")

#: Where a path leads, in words for the one who logs in on the way there; the first prefix that fits.
PLACES = (("/v/", "刚才扫码的场所"), ("/services/", "刚才查看的服务"), ("/cases", "我的办件"), ("/apply", "申报"), ("/passes/", "通行凭证"),
          ("/me", "我的"), ("/desk-m", "工作人员待办"), ("/bind/", "微信绑定"))


class Asked(Body):
    """Everything that the two forms of the page can hold. ``act`` is the button's."""

    next: str = ""
    phone: str = ""
    code: str = ""
    challenge: str = ""
    name: str = ""
    password: str = ""
    captcha: str = ""
    captcha_challenge: str = ""
    act: str = ""

    @property
    def answer(self) -> Answer | None:
        return Answer(self.captcha_challenge, self.captcha) if self.captcha_challenge and self.captcha else None


@blueprint.get("/<region:str>/login", ctx_permission="public")
async def show(request: Request) -> HTTPResponse:
    """``?next=`` is where it leads; ``?way=password`` the second way in."""
    asked = Asked(next=str(request.args.get("next", ""))[:returning.LONGEST])
    if visitor(request) is not None:
        return redirect(_target(request, asked, visitor(request)), status=303)
    return await page(request, asked, way=str(request.args.get("way", "")))


@blueprint.get("/<region:str>/login/captcha/<challenge:str>", ctx_permission="public", ctx_limit=(60, 60))
async def picture(request: Request, challenge: str) -> HTTPResponse:
    drawn = await captchas.picture(region(request).code, challenge, now(request))
    return HTTPResponse(drawn, content_type="image/png", headers={"Cache-Control": "no-store"})


@blueprint.post("/<region:str>/login/code", ctx_permission="public", ctx_limit=(30, 60))
async def send_code(request: Request) -> HTTPResponse:
    """A code to the number; whether anybody has it is not said (T11)."""
    asked = parse(request, Asked)
    try:
        challenge = await login.request_code(region(request), asked.phone, sender(request), now(request), asked.answer)
    except Refusal as refusal:
        return await page(request, asked, refusal=refusal)
    return await page(request, asked, challenge=challenge, sent_to=codes.mobile(asked.phone))


@blueprint.post("/<region:str>/login", ctx_permission="public", ctx_limit=(30, 60))
async def by_code(request: Request) -> HTTPResponse:
    asked = parse(request, Asked)
    try:
        _require_code(asked)
        entered = await login.by_code(region(request), asked.phone, Given(asked.challenge, asked.code), Face.PHONE, now(request))
    except Refusal as refusal:
        return await page(request, asked, refusal=refusal)
    return await let_in(request, asked, entered)


@blueprint.post("/<region:str>/login/password", ctx_permission="public", ctx_limit=(30, 60))
async def by_password(request: Request) -> HTTPResponse:
    asked = parse(request, Asked)
    try:
        entered = await login.by_password(region(request), asked.name, asked.password, sender(request), Face.PHONE, now(request), asked.answer)
    except Refusal as refusal:
        return await page(request, asked, way="password", refusal=refusal)
    return await let_in(request, asked, entered)


@blueprint.post("/<region:str>/logout", ctx_permission="public")
async def log_out(request: Request) -> HTTPResponse:
    return await cookies.log_out(request, redirect(f"/{region(request).code}/", status=303))


async def page(request: Request, asked: Asked, *, way: str = "", refusal: Refusal | None = None, challenge: UUID | None = None,
               sent_to: str = "") -> HTTPResponse:
    """The login page with what was typed; a picture when one is asked for."""
    here = region(request)
    methods = here.profile.login.methods
    way = "password" if "sms_code" not in methods or (way == "password" and "password" in methods) else "code"
    target = returning.safe_next(here.code, asked.next) if asked.next else ""  # nowhere in particular: staff then land at their list
    return pages.render(
        request, "phone/login/login.html", refusal.status_code if refusal else 200, headers=getattr(refusal, "headers", None), asked=asked, way=way,
        methods=methods, target=target, place=place_of(here.code, target), errors=_errors(refusal), challenge=challenge or asked.challenge,
        sent_to=sent_to, waits=WAIT_SECONDS if sent_to else (refusal.context or {}).get("retry_after", 0) if refusal else 0,
        picture=await _picture(request, asked, way, refusal), wechat=offers_wechat(request), resets=password_reset.offered(here),
        greeting=again.greeting(request))


def place_of(region_code: str, target: str) -> str:
    """Where one returns to, in words; empty for the first page."""
    path = target.removeprefix(f"/{region_code}")
    return next((words for prefix, words in PLACES if path.startswith(prefix)), "")


async def _picture(request: Request, asked: Asked, way: str, refusal: Refusal | None) -> str:
    """A fresh challenge when this form needs a picture, else nothing."""
    here, moment = region(request), now(request)
    if isinstance(refusal, (CaptchaNeeded, captchas.CaptchaWrong)):
        return captchas.new_challenge(here.code, moment)
    if way == "password":
        needed = await login.captcha_needed(here, asked.name, sender(request), moment)
    else:
        needed = await codes.captcha_needed(here.code, sender(request), moment)
    return captchas.new_challenge(here.code, moment) if needed else ""


def _errors(refusal: Refusal | None) -> dict[str, str]:
    """Each refusal beside the field that it is about."""
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    fields: dict[type[Refusal], str] = {codes.CodeWrong: "code", login.LoginWrong: "password", CaptchaNeeded: "captcha"}
    return {fields.get(type(refusal), ""): refusal.text}


def _require_code(asked: Asked) -> None:
    if not asked.challenge:
        raise Invalid({"code": "请先点「获取验证码」，再填写短信里的 6 位数字。"})
    if not asked.code:
        raise Invalid({"code": "请填写短信里的 6 位数字。"})


def sender(request: Request) -> Sender:
    """Where a request for a code comes from; the mark of the browser is the cookie that a public form is bound to."""
    return Sender(request.ctx.address, str(request.cookies.get(csrf.PRE) or "")[:100])


async def let_in(request: Request, asked: Asked, entered: Entered) -> HTTPResponse:
    """The new session, and on to where one was going; in WeChat by way of the offer to bind, once. Whoever came in with a password that
    opens once sets one of her own first (GL-07)."""
    who = Actor(region(request).code, entered.account_id, entered.name, entered.kind)
    target = _target(request, asked, who)
    if entered.used_up:
        target = f"/{who.region}/me/password"
    elif entered.standing == login.SURE and in_wechat(request) and not request.cookies.get(WECHAT_OFFERED) and not await contact.is_bound(who):
        target = f"/{region(request).code}/login/wechat/offer?{returning.as_query(target)}"
    return cookies.set_token(request, redirect(target, status=303), entered.token)


def _target(request: Request, asked: Asked, who: Actor | None) -> str:
    code = region(request).code
    staff = who is not None and who.kind is AccountKind.STAFF
    return returning.safe_next(code, asked.next, f"/{code}/desk-m/" if staff else None)


def in_wechat(request: Request) -> bool:
    return "MicroMessenger" in request.headers.get("user-agent", "")


def offers_wechat(request: Request) -> bool:
    """WeChat's login works in WeChat's own browser; the sandbox's stand-in works in any."""
    return in_wechat(request) or bool(request.app.ctx.settings.sandbox_url)
