"""注册 (WH-01, GL-04, BZ-07, DZ-01): who one is first, then the form that the region asks for. Whoever works at the desk goes on there."""

from typing import Any

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from models.account import AccountKind
from services import joining, registration, sessions
from services.codes import Sender
from services.joining import Joined
from web import pages
from web import sessions as cookies
from web.context import Face, now, region, visitor
from wechat.pages import forms

#: Beside the declared fields: the tick under the terms, and the version that stood there.
TERMS = frozenset({"agreed", "terms"})
KINDS = "<kind:(person|unit|reviewer)>"
LONGEST_WORDS = 50
blueprint = Blueprint("phone_register")


@blueprint.get("/<region:str>/register", ctx_permission="public")
async def choose(request: Request) -> HTTPResponse:
    return pages.render(request, "phone/register/choose.html", ways=region(request).profile.registration, logged_in=visitor(request) is not None)


@blueprint.get("/<region:str>/register/units", ctx_permission="public", ctx_limit=(120, 60))
async def units(request: Request) -> HTTPResponse:
    """``?field=`` of which form, ``?find.<field>=`` words of a name: the list below the search."""
    name = str(request.args.get("field", ""))[:LONGEST_WORDS]
    words = str(request.args.get(f"{forms.FIND}{name}", ""))[:LONGEST_WORDS]
    chosen = str(request.args.get(name, ""))
    return pages.render(request, "phone/register/units.html", name=name, chosen=chosen, words=words,
                        found=await forms.units(region(request), chosen, words))


@blueprint.get(f"/<region:str>/register/{KINDS}", ctx_permission="public")
async def show(request: Request, kind: str) -> HTTPResponse:
    """``?unit=`` is chosen already: the unit's own link leads here."""
    return await _form(request, kind, {"unit": unit} if (unit := request.args.get("unit")) else {})


@blueprint.post(f"/<region:str>/register/{KINDS}", ctx_permission="public", ctx_limit=(60, 60))
async def register(request: Request, kind: str) -> HTTPResponse:
    here, asked = region(request), registration.asked(region(request), kind)
    given = {name: value for name, value in forms.typed(request, asked.fields).items() if name not in TERMS}
    if forms.word(request, "act") == "look":
        return await _form(request, kind, given)
    agreed = forms.word(request, "terms") if forms.word(request, "agreed") else ""
    try:
        joined = await joining.join(here, kind, given, agreed, Sender(request.ctx.address), Face.PHONE.value, now(request))
    except Refusal as refusal:
        return await _form(request, kind, given, refusal)
    return await _welcome(request, kind, joined)


async def _welcome(request: Request, kind: str, joined: Joined) -> HTTPResponse:
    """A person is logged in and goes on with her dossier; the people of a unit are shown the way to the desk."""
    if joined.account.kind is not AccountKind.TALENT:
        return pages.render(request, "phone/register/done.html", kind=kind, name=joined.account.login_name, case=joined.case,
                            name_label=registration.label_of(region(request), kind, "login_name"))
    token = await sessions.begin(joined.account.region, joined.account.id, Face.PHONE.value, now(request))
    path = f"cases/{joined.case.id}" if joined.case else "me/dossier"
    return cookies.set_token(request, redirect(f"/{region(request).code}/{path}?done=registered", status=303), token)


async def _form(request: Request, kind: str, given: dict[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    here, asked = region(request), registration.asked(region(request), kind)
    errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text} if refusal else {}
    page = await forms.declared(here, None, asked.fields, given, errors=errors, words=forms.sought(request))
    return pages.render(request, "phone/register/form.html", refusal.status_code if refusal else 200, headers=getattr(refusal, "headers", None),
                        kind=kind, way=asked.way, page=page, terms=here.profile.terms, agreed=bool(forms.word(request, "agreed")))
