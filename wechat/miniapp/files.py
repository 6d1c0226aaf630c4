"""附件: one file a request, taken in for a field of a form that is being filled in; the row or form names it by the id that comes back.

Parts of the body: ``file``, ``field`` of the form, and ``name`` as the person calls it, because WeChat sends the name of a temporary copy.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.forms import FormField
from models.file import File
from services import attachments, bookings, dossiers
from services.dossiers import FILED
from services.files import MOST_BYTES, FileRefused
from web.bodies import Body, check, form
from web.context import actor, now, region
from web.uploads import received
from wechat.miniapp.answers import Answer, answer

blueprint = Blueprint("api_files")
#: One file, and the words around it.
ONE_FILE = MOST_BYTES + 64 * 1024
FEW = (60, 60)


class Enclosure(Answer):
    """``pages``: of those that can be looked at as pictures."""

    id: UUID
    name: str
    size: int
    pages: int | None

    @classmethod
    def of(cls, file: File) -> Self:
        return cls(id=file.id, name=file.name, size=file.size, pages=file.pages)


def enclosed(fields: Iterable[FormField], given: Mapping[str, Any], there: Mapping[str, File]) -> dict[str, list[Enclosure]]:
    """Field → the files that its value names, of those that are ``there`` (``attachments.named``)."""
    filled = {one.field: given[one.field] for one in fields if one.type in FILED and isinstance(given.get(one.field), list)}
    return {name: [Enclosure.of(there[id]) for id in ids if id in there] for name, ids in filled.items()}


class Sent(Body):
    """What comes along with a file."""

    field: Annotated[str, Field(max_length=100)]
    name: Annotated[str, Field(max_length=255)] = ""


@blueprint.post("/<region:str>/api/dossier/<section:str>/files", ctx_permission="talent", ctx_summary="上传人才信息的附件", ctx_answers=Enclosure,
                ctx_status=201, stream=True, ctx_body=ONE_FILE, ctx_limit=FEW, ctx_sends=Sent)
async def to_row(request: Request, section: str) -> HTTPResponse:
    owner = dossiers.owner_of(actor(request))
    return await taken(request, lambda field, name, data: attachments.to_row(
        region(request), actor(request), owner, section, field, name, data, now(request)))


@blueprint.post("/<region:str>/api/services/<service_id:uuid>/files", ctx_permission="talent", ctx_summary="上传预约的附件", ctx_answers=Enclosure,
                ctx_status=201, stream=True, ctx_body=ONE_FILE, ctx_limit=FEW, ctx_sends=Sent)
async def to_booking(request: Request, service_id: UUID) -> HTTPResponse:
    await bookings.open_to(region(request), actor(request), service_id, now(request))
    return await taken(request, lambda field, name, data: attachments.to_booking(
        region(request), actor(request), field, name, data, now(request)))


@blueprint.post("/<region:str>/api/bookings/<case_id:uuid>/files", ctx_permission="talent", ctx_summary="上传修改申请的附件", ctx_answers=Enclosure,
                ctx_status=201, stream=True, ctx_body=ONE_FILE, ctx_limit=FEW, ctx_sends=Sent)
async def to_case(request: Request, case_id: UUID) -> HTTPResponse:
    return await taken(request, lambda field, name, data: attachments.to_case(
        region(request), actor(request), case_id, field, name, data, now(request)))


async def taken(request: Request, keep: Callable[[str, str, bytes], Awaitable[File]]) -> HTTPResponse:
    """Keep the one file that came; what is wrong with it stands beside the field that it was for."""
    asked = check(Sent, form(request, Sent))
    try:
        sent = received(request)
    except FileRefused as refusal:
        raise type(refusal)(asked.field, asked.name) from None
    if len(sent) != 1:
        raise Invalid({asked.field: "请选择一个文件。"})
    return answer(Enclosure.of(await keep(asked.field, asked.name or sent[0].name, sent[0].data)), 201)
