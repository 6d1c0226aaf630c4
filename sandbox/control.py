"""The sandbox's own API: set the scene, break things, look at what happened. JSON from tests, forms from the page."""

from base64 import b64decode
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_answer
from sanic.response import raw, redirect

from qr import draw
from sandbox import callbacks
from sandbox.exchange import parameters, state_of
from sandbox.faults import Chance, Fault
from sandbox.receipts import push_reply
from sandbox.state import Board, Person, SmsTemplate, State

blueprint = Blueprint("control", url_prefix="/sandbox")


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GivenPerson(Given):
    openid: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=32)]
    phone: str = ""
    unionid: str = ""
    mini_openid: str = ""
    snapshot: bool = False


class GivenBoard(Given):
    name: str
    url: Annotated[str, Field(pattern=r"^https?://")]


class GivenTemplate(Given):
    code: str
    text: str
    verification: bool = False


class GivenSubscription(Given):
    id: str
    fields: list[str]


class GivenCode(Given):
    """``kind``: login (wx.login), phone (the phone button), oauth (WeChat's browser)."""

    openid: str
    kind: Annotated[str, Field(pattern="^(login|phone|oauth)$")]
    app_id: str = ""


class GivenConsent(Given):
    openid: str
    template_id: str
    times: int = 1


class GivenSettings(Given):
    callback_url: str | None = None
    receipts_url: str | None = None
    flow_control: bool | None = None
    account_region: str | None = None
    quota: Annotated[int, Field(ge=0)] | None = None
    pages: set[str] | None = None
    wechat_templates: dict[str, frozenset[str]] | None = None


class GivenChat(Given):
    """``tapped``: id of the line in a list that says the text."""

    openid: str
    text: Annotated[str, Field(min_length=1, max_length=2048)]
    region: str = ""
    tapped: str = ""


class GivenPlace(Given):
    openid: str
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    label: str = ""
    region: str = ""


class GivenPicture(Given):
    """``data``: base64 of a JPEG or PNG; or ``board``: the address on one, of which a photo is made."""

    openid: str
    data: str = ""
    board: str = ""
    region: str = ""


class GivenReply(Given):
    phone: Annotated[str, Field(pattern=r"^1\d{10}$")]
    text: Annotated[str, Field(min_length=1, max_length=500)]


class GivenTap(Given):
    """``event``: CLICK, subscribe, unsubscribe, SCAN."""

    openid: str
    event: str = "CLICK"
    key: str = ""
    region: str = ""


class GivenNumber(Given):
    number: int | None = None


Shape = TypeVar("Shape", bound=BaseModel)


class Unknown(LookupError):
    """No such person."""


def _form(request: Request) -> bool:
    return request.content_type.startswith("application/x-www-form-urlencoded")


def _given(shape: type[Shape], request: Request) -> Shape:
    """The body as ``shape``; an empty field of a form counts as not given. Raises ValidationError."""
    if _form(request):
        return shape.model_validate({name: value for name, value in parameters(request).items() if value != ""})
    return shape.model_validate(orjson.loads(request.body or b"{}"))


def _given_list(shape: type[Shape], request: Request) -> list[Shape]:
    body = orjson.loads(request.body)
    return [shape.model_validate(item) for item in (body if isinstance(body, list) else [body])]


def _done(request: Request, document: Any = None) -> HTTPResponse:
    """Back to the page for a form, JSON for the rest."""
    if _form(request):
        return redirect(request.headers.get("referer") or "/sandbox/", status=303)
    return _listed(document if document is not None else {"ok": True})


def _listed(document: Any) -> HTTPResponse:
    return raw(orjson.dumps(document, default=_plain), content_type="application/json")


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


def _person(state: State, openid: str) -> Person:
    person = state.person_of(openid)
    if person is None:
        raise Unknown(openid)
    return person


async def explain(_: Request, error: Exception) -> HTTPResponse:
    detail = error.errors(include_url=False, include_context=False) if isinstance(error, ValidationError) else repr(error)
    return json_answer({"error": detail}, status=404 if isinstance(error, Unknown) else 400)


blueprint.exception(ValidationError, orjson.JSONDecodeError, Unknown)(explain)


@blueprint.get("/version")
async def version(request: Request) -> HTTPResponse:
    return json_answer({"version": state_of(request).version})


@blueprint.get("/people")
async def people(request: Request) -> HTTPResponse:
    return _listed([asdict(person) for person in state_of(request).people.values()])


@blueprint.post("/people")
async def add_people(request: Request) -> HTTPResponse:
    """One, or a list. An openid that is known already is replaced."""
    for given in _given_list(GivenPerson, request):
        state_of(request).add_person(Person(**given.model_dump()))
    return _done(request)


@blueprint.get("/boards")
async def boards(request: Request) -> HTTPResponse:
    return _listed([asdict(board) for board in state_of(request).boards])


@blueprint.post("/boards")
async def replace_boards(request: Request) -> HTTPResponse:
    """All boards there are, from now on."""
    state = state_of(request)
    state.boards = [Board(**given.model_dump()) for given in _given_list(GivenBoard, request)]
    state.changed()
    return _done(request)


@blueprint.get("/templates")
async def templates(request: Request) -> HTTPResponse:
    return _listed([asdict(template) for template in state_of(request).templates.values()])


@blueprint.post("/templates")
async def add_templates(request: Request) -> HTTPResponse:
    """SMS templates. Once there is one, codes without one are refused, as the real vendor does."""
    state = state_of(request)
    state.templates |= {given.code: SmsTemplate(**given.model_dump()) for given in _given_list(GivenTemplate, request)}
    return _done(request)


@blueprint.post("/subscriptions")
async def add_subscriptions(request: Request) -> HTTPResponse:
    """Templates of subscription messages that the mini program has."""
    state = state_of(request)
    state.subscriptions |= {given.id: given.fields for given in _given_list(GivenSubscription, request)}
    return _done(request)


@blueprint.post("/codes")
async def codes(request: Request) -> HTTPResponse:
    """What ``wx.login``, the phone button or the authorise page would hand to the client."""
    state, given = state_of(request), _given(GivenCode, request)
    options = state.options
    app_id = given.app_id or (options.official_app_id if given.kind == "oauth" else options.mini_app_id)
    return json_answer({"code": state.new_code(given.kind, app_id, _person(state, given.openid))})


@blueprint.post("/consents")
async def consents(request: Request) -> HTTPResponse:
    state, given = state_of(request), _given(GivenConsent, request)
    state.consents[_person(state, given.openid).openid, given.template_id] += given.times
    return _done(request)


@blueprint.post("/settings")
async def settings(request: Request) -> HTTPResponse:
    state = state_of(request)
    for name, value in _given(GivenSettings, request).model_dump(exclude_none=True).items():
        setattr(state, name, value)
    return _done(request)


@blueprint.post("/faults/seed")
async def by_seed(request: Request) -> HTTPResponse:
    """From now on calls go wrong by lot, and by the same lot each time that this seed is given."""
    state = state_of(request)
    state.faults.chance = _given(Chance, request)
    state.changed()
    return _done(request)


@blueprint.delete("/tokens")
async def revoke_tokens(request: Request) -> HTTPResponse:
    """Every access token in use becomes invalid, as after a new secret."""
    state_of(request).tokens.clear()
    return _done(request)


@blueprint.get("/faults")
async def faults(request: Request) -> HTTPResponse:
    return _listed(state_of(request).faults.active)


@blueprint.post("/faults")
async def break_down(request: Request) -> HTTPResponse:
    state = state_of(request)
    fault = state.faults.add(_given(Fault, request))
    state.changed()
    return _done(request, fault)


@blueprint.delete("/faults")
@blueprint.post("/faults/clear", name="mend_by_form")
async def mend(request: Request) -> HTTPResponse:
    """All faults, or the one whose ``number`` is given, end."""
    state = state_of(request)
    state.faults.clear(_given(GivenNumber, request).number)
    state.changed()
    return _done(request)


@blueprint.post("/chat")
async def chat(request: Request) -> HTTPResponse:
    """Write to the official account; answers with what it said."""
    state, given = state_of(request), _given(GivenChat, request)
    person, region = _person(state, given.openid), given.region or state.account_region
    said = await callbacks.write(state, request.app.ctx.http, person, given.text, region, tapped=given.tapped)
    return _done(request, {"reply": said})


@blueprint.post("/place")
async def place(request: Request) -> HTTPResponse:
    """Send a location to the official account."""
    state, given = state_of(request), _given(GivenPlace, request)
    person, region = _person(state, given.openid), given.region or state.account_region
    said = await callbacks.send_place(state, request.app.ctx.http, person, given.latitude, given.longitude, given.label, region)
    return _done(request, {"reply": said})


@blueprint.post("/picture")
async def picture(request: Request) -> HTTPResponse:
    """Send a photo to the official account."""
    state, given = state_of(request), _given(GivenPicture, request)
    person, region = _person(state, given.openid), given.region or state.account_region
    data = b64decode(given.data) if given.data else draw.png(given.board)
    return _done(request, {"reply": await callbacks.send_picture(state, request.app.ctx.http, person, data, region)})


@blueprint.get("/media/<number:str>")
async def media(request: Request, number: str) -> HTTPResponse:
    """A picture of the chat."""
    data = state_of(request).media.get(number)
    if data is None:
        raise Unknown(number)
    return raw(data, content_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg")


@blueprint.post("/tap")
async def tap(request: Request) -> HTTPResponse:
    """Tap the menu, follow, leave, scan a QR code of the account."""
    state, given = state_of(request), _given(GivenTap, request)
    person, region = _person(state, given.openid), given.region or state.account_region
    return _done(request, {"reply": await callbacks.happen(state, request.app.ctx.http, person, given.event, given.key, region)})


@blueprint.get("/chat")
async def chat_lines(request: Request) -> HTTPResponse:
    openid = request.args.get("openid")
    return _listed([asdict(line) for line in state_of(request).chat if not openid or line.openid == openid])


@blueprint.get("/sms")
async def texts(request: Request) -> HTTPResponse:
    """The SMS in everybody's phones, or in one; newest first."""
    phone = request.args.get("phone")
    return _listed([asdict(text) for text in reversed(state_of(request).texts) if not phone or text.phone == phone])


@blueprint.post("/sms/replies")
async def reply_to_sms(request: Request) -> HTTPResponse:
    """Somebody answers the last SMS in her phone; whether the product took it."""
    state, given = state_of(request), _given(GivenReply, request)
    state.replies += 1
    taken = await push_reply(state, request.app.ctx.http, given.phone, given.text, state.replies)
    return _done(request, {"taken": taken})


@blueprint.get("/mails")
async def mails(request: Request) -> HTTPResponse:
    return _listed([asdict(mail) for mail in reversed(state_of(request).mails)])


@blueprint.get("/calls")
async def calls(request: Request) -> HTTPResponse:
    target = request.args.get("target")
    return _listed([asdict(call) for call in state_of(request).calls if not target or call.target == target])


@blueprint.post("/forget")
async def forget(request: Request) -> HTTPResponse:
    state_of(request).forget()
    return _done(request)
