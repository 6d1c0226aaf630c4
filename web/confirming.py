"""核实身份 (T39), the same on both faces: her ID number or her password, and on to where she was going."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from services import confirming, contact
from services.confirming import COOL_DOWN_HOURS, By, Proof
from web import pages, returning
from web import sessions as cookies
from web.bodies import Body, parse
from web.context import CONFIRM, HOME, Face, actor, face, now, region

EMPTY = {By.ID_NUMBER: "请填写证件号码。", By.PASSWORD: "请填写登录密码。"}


class Given(Body):
    """``way``: which of the two stood in the form."""

    way: By
    id_number: str = Field("", max_length=confirming.LONGEST)
    password: str = Field("", max_length=confirming.LONGEST)
    next: str = ""

    def proof(self) -> Proof:
        """Raises :class:`Invalid` where nothing was filled in."""
        given = self.id_number if self.way is By.ID_NUMBER else self.password
        if not given:
            raise Invalid({self.way.value: EMPTY[self.way]})
        return Proof(self.way, given)


def blueprint_of(of: Face, offers_wechat: Callable[[Request], bool] = lambda request: False) -> Blueprint:
    """``offers_wechat``: whether the face can ask WeChat who holds this browser; a bound WeChat proves her, too."""
    made, pages_of_face = Blueprint(f"{of.value}_confirm", url_prefix=CONFIRM[of].format(region="<region:str>")), _Pages(offers_wechat)
    opens: dict[str, Any] = {"ctx_permission": "person", "ctx_before_terms": True, "ctx_unconfirmed": True}
    made.add_route(pages_of_face.show, "", methods=["GET"], **opens)
    made.add_route(pages_of_face.confirm, "", methods=["POST"], ctx_limit=(60, 60), **opens)
    return made


class _Pages:
    """The handlers of one face."""

    def __init__(self, offers_wechat: Callable[[Request], bool]) -> None:
        self._offers_wechat = offers_wechat

    async def show(self, request: Request) -> HTTPResponse:
        """For who owes it, or would end her cool-down; whoever does not is led on. ``?way=`` chooses."""
        wanted, who = str(request.args.get("next") or "")[:returning.LONGEST], actor(request)
        if who.confirmed and not confirming.cooling(who, now(request)):
            return redirect(_onward(request, wanted), status=303)
        return await self._page(request, wanted, str(request.args.get("way") or ""))

    async def confirm(self, request: Request) -> HTTPResponse:
        asked = parse(request, Given)
        try:
            token = await confirming.confirm(region(request), actor(request), request.ctx.session, asked.proof(), now(request))
        except (Invalid, confirming.TriesUsedUp) as refusal:
            return await self._page(request, asked.next, asked.way, refusal)
        return cookies.set_token(request, redirect(_onward(request, asked.next), status=303), token)

    async def _page(self, request: Request, wanted: str, way: str, refusal: Refusal | None = None) -> HTTPResponse:
        here, who = region(request), actor(request)
        known = await confirming.ways(who, now(request))
        ways = [by for by in By if by in known]
        errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text} if refusal else {}
        return pages.render(request, f"{face(request)}/confirm.html", refusal.status_code if refusal else 200, ways=ways, errors=errors,
                            way=way if way in ways else next(iter(ways), ""), next=_onward(request, wanted),
                            cooling=confirming.cooling(who, now(request)), to=CONFIRM[face(request)].format(region=here.code),
                            hours=COOL_DOWN_HOURS, wechat=not who.confirmed and self._offers_wechat(request) and await contact.is_bound(who))


def _onward(request: Request, wanted: str) -> str:
    code = region(request).code
    return returning.safe_next(code, wanted, HOME[face(request)].format(region=code))
