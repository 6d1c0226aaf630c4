"""The texts of notifications 通知文字, as a region's administrator keeps them."""

from typing import Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from console import shell
from services import texts
from services.texts import MANAGE, Preview
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_texts", url_prefix="/<region:str>/console/texts")


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    found = await texts.every(region(request), actor(request))
    return await shell.page(request, "texts.html", found=[(one, texts.preview(region(request), one.kind, one.telling.text)) for one in found])


@blueprint.get("/<kind:str>", ctx_permission=MANAGE)
async def show(request: Request, kind: str) -> HTTPResponse:
    return await _page(request, kind)


class TextForm(Body):
    """``act``: without script, a preview is asked for as well."""

    seen: int
    text: str = Field(max_length=2000)
    sms_template: str = Field("", max_length=30)
    act: Literal["keep", "preview"] = "keep"


@blueprint.post("/<kind:str>", ctx_permission=MANAGE)
@once
async def save(request: Request, kind: str) -> HTTPResponse:
    try:
        asked = parse(request, TextForm)
        if asked.act == "preview":
            known = await texts.one(region(request), actor(request), kind)
            return await _page(request, kind, shown=texts.preview(region(request), known.kind, texts.read(asked.text)))
        await texts.keep(region(request), actor(request), kind, asked.seen, texts.read(asked.text), asked.sms_template, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, kind, refusal)
    return shell.away(request, f"texts/{kind}", done="text_kept")


@blueprint.post("/<kind:str>/<what:(trial|back)>", ctx_permission=MANAGE)
@once
async def act(request: Request, kind: str, what: str) -> HTTPResponse:
    try:
        await (texts.try_out if what == "trial" else texts.put_back)(region(request), actor(request), kind, now(request))
    except Conflict as refusal:
        return await _page(request, kind, refusal)
    return shell.away(request, f"texts/{kind}", done="text_tried" if what == "trial" else "text_back")


async def _page(request: Request, kind: str, refusal: Invalid | Conflict | None = None, *, shown: Preview | None = None) -> HTTPResponse:
    here, who = region(request), actor(request)
    found = await texts.one(here, who, kind)
    typed = form(request) if request.method == "POST" and (refusal or shown) else {}
    said = shell.told(refusal, typed) if refusal else {"typed": typed}
    return await shell.page(
        request, "text.html", refusal.status_code if refusal else 200, found=found, history=await texts.history(here, who, kind),
        shown=shown or texts.preview(here, found.kind, found.telling.text), trial=shown is not None, longest=texts.LONGEST,
        written=texts.labelled(found.written.text), **said)
