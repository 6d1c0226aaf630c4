"""Coming in at the desk (WH-02): user name, password and a picture; or the authorised phone number and a code. And going out."""

from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from services import captchas, codes, login, password_reset, registration
from services.captchas import Answer
from services.codes import Given, Sender
from web import again, pages, returning, sessions
from web.bodies import Body, form, parse
from web.context import HOME, Face, now, region, visitor

blueprint = Blueprint("desk_entrance", url_prefix="/<region:str>/console")


class PasswordForm(Body):
    login_name: str = Field(max_length=200)
    password: str = Field(max_length=512)
    challenge: str = Field(max_length=400)
    captcha: str = Field(max_length=12)
    next: str = ""


class CodeForm(Body):
    phone: str = Field(max_length=40)
    act: str = ""
    code: str = Field("", max_length=12)
    challenge: str = ""
    captcha: str = Field("", max_length=12)
    picture: str = Field("", max_length=400)
    next: str = ""


@blueprint.get("/login", ctx_permission="public")
async def show(request: Request) -> HTTPResponse:
    """The form, or the way in for who is logged in already."""
    if (who := visitor(request)) is not None and who.is_at_desk:
        return redirect(_next(request, request.args.get("next")), status=303)
    return _form(request, way=str(request.args.get("way") or "password"), typed={"next": request.args.get("next") or ""})


@blueprint.post("/login", ctx_permission="public", ctx_limit=(60, 60))
async def by_password(request: Request) -> HTTPResponse:
    typed = form(request)
    if "another" in typed:
        return _form(request, way="password", typed=typed)
    try:
        asked = parse(request, PasswordForm)
        entered = await login.by_password(region(request), asked.login_name, asked.password, sender(request), Face.DESK, now(request),
                                          Answer(asked.challenge, asked.captcha))
    except Refusal as refusal:
        return _refused(request, "password", refusal, typed)
    there = f"{HOME[Face.DESK].format(region=region(request).code)}security" if entered.used_up else _next(request, asked.next)
    return sessions.set_token(request, redirect(there, status=303), entered.token)


@blueprint.post("/login/code", ctx_permission="public", ctx_limit=(60, 60))
async def by_code(request: Request) -> HTTPResponse:
    typed = form(request)
    try:
        asked = parse(request, CodeForm)
        if asked.act == "send_code":
            return _form(request, way="code", typed=typed | {"code": "", "challenge": str(await _send(request, asked)), "captcha": ""}, sent=True)
        entered = await login.by_code(region(request), asked.phone, Given(asked.challenge, asked.code), Face.DESK, now(request))
    except Refusal as refusal:
        return _refused(request, "code", refusal, typed)
    return sessions.set_token(request, redirect(_next(request, asked.next), status=303), entered.token)


@blueprint.get("/captcha/<challenge:str>", ctx_permission="public", ctx_limit=(120, 60))
async def picture(request: Request, challenge: str) -> HTTPResponse:
    """The picture of a challenge; it changes with the challenge, so a browser may keep it."""
    drawn = await captchas.picture(region(request).code, challenge, now(request))
    return HTTPResponse(drawn, content_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@blueprint.post("/logout", ctx_permission="public")
async def log_out(request: Request) -> HTTPResponse:
    return await sessions.log_out(request, redirect(f"/{region(request).code}/console/login?way=password", status=303))


def sender(request: Request) -> Sender:
    """Where a request comes from, for the limits of codes and passwords."""
    return Sender(request.ctx.address, str(request.cookies.get("gl_pre") or "")[:100])


async def _send(request: Request, asked: CodeForm) -> UUID:
    answer = Answer(asked.picture, asked.captcha) if asked.captcha else None
    return await login.request_code(region(request), asked.phone, sender(request), now(request), answer)


def _refused(request: Request, way: str, refusal: Refusal, typed: dict[str, str]) -> HTTPResponse:
    """The form again with what was typed, but never a password; what is wrong stands beside its field, else on top."""
    errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text}
    if isinstance(refusal, codes.CodeWrong):
        errors = {"code": refusal.text}
    asks_picture = isinstance(refusal, captchas.CaptchaNeeded | captchas.CaptchaWrong)
    return _form(request, way=way, typed=typed, errors=errors, status=refusal.status_code, asks_picture=asks_picture)


def _form(request: Request, *, way: str, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200, sent: bool = False,
          asks_picture: bool = False) -> HTTPResponse:
    here = region(request)
    ways = [one for one, method in (("password", "password"), ("code", "sms_code")) if method in here.profile.login.methods]
    return pages.render(
        request, "desk/login.html", status, way=way if way in ways else ways[0], ways=ways, typed=typed, errors=errors or {}, sent=sent,
        asks_picture=asks_picture, desk=f"/{here.code}/console", minutes=here.profile.login.code_minutes.value, resets=password_reset.offered(here),
        greeting=again.greeting(request), challenge=captchas.new_challenge(here.code, now(request)),
        name_label=registration.label_of(here, "unit", "login_name"))


def _next(request: Request, wanted: str | None) -> str:
    code = region(request).code
    home = HOME[Face.DESK].format(region=code)
    there = returning.safe_next(code, wanted, home)
    return there if there.startswith(home) else home
