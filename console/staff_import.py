"""Accounts of staff from an Excel sheet: checked row by row, brought in, and given back with remarks.

The sheet travels with the page from step to step, and is kept nowhere.
"""

import binascii
from base64 import b64decode, b64encode

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from console import shell
from services import files, staff_import, staff_sheet
from services.accounts import MANAGE
from services.staff_import import Judged, Verdict
from services.staff_sheet import UnreadableSheet
from services.workbooks import XLSX
from web import uploads
from web.bodies import Body, parse
from web.context import actor, now, region
from web.downloads import HEADERS

MOST_TEXT = staff_sheet.MOST_BYTES * 4 // 3 + 4
MOST_BODY = MOST_TEXT * 2
blueprint = Blueprint("desk_staff_import", url_prefix="/<region:str>/console/staff/import")


@blueprint.get("/", ctx_permission=MANAGE)
async def show(request: Request) -> HTTPResponse:
    return await shell.page(request, "staff_import.html", most=staff_sheet.MOST_ROWS)


@blueprint.get("/template", ctx_permission=MANAGE, ctx_limit=(60, 60))
async def template(request: Request) -> HTTPResponse:
    return _file(await staff_import.template(region(request)), "工作人员账号导入模板.xlsx")


@blueprint.post("/", ctx_permission=MANAGE, ctx_body=MOST_BODY, stream=True, ctx_limit=(30, 300))
async def check(request: Request) -> HTTPResponse:
    """Every row's verdict. Nothing is made yet."""
    try:
        data = next((one.data for one in uploads.received(request) if one.field == "sheet"), b"")
        if not data:
            raise UnreadableSheet("请选择填好的 Excel 文件。")
        judged = await staff_import.judge(region(request), actor(request), data, now(request))
    except Invalid as refusal:
        return await shell.page(request, "staff_import.html", refusal.status_code, most=staff_sheet.MOST_ROWS, errors=refusal.fields)
    return await _page(request, data, judged)


class SheetForm(Body):
    """The checked sheet, as the page carried it along."""

    sheet: str = Field(max_length=MOST_TEXT)

    @property
    def data(self) -> bytes:
        try:
            return b64decode(self.sheet, validate=True)
        except binascii.Error:
            raise UnreadableSheet from None


@blueprint.post("/rows", ctx_permission=MANAGE, ctx_body=MOST_BODY, ctx_limit=(30, 300))
async def bring_in(request: Request) -> HTTPResponse:
    """May show one-time passwords, so its answer is kept nowhere; a second click finds that everybody is there."""
    data = parse(request, SheetForm).data
    return await _page(request, data, await staff_import.bring_in(region(request), actor(request), data, now(request)), done=True)


@blueprint.post("/marked", ctx_permission=MANAGE, ctx_body=MOST_BODY, ctx_limit=(30, 300))
async def marked(request: Request) -> HTTPResponse:
    data = parse(request, SheetForm).data
    return _file(await staff_import.marked(region(request), actor(request), data, now(request)), "工作人员账号_核对结果.xlsx")


async def _page(request: Request, data: bytes, judged: list[Judged], *, done: bool = False) -> HTTPResponse:
    counts = [(verdict, many) for verdict in Verdict if (many := sum(one.verdict is verdict for one in judged))]
    waiting = sum(one.verdict in (Verdict.NEW, Verdict.ROLE) for one in judged)
    return await shell.page(request, "staff_import_checked.html", judged=judged, counts=counts, waiting=waiting, sheet=b64encode(data).decode(),
                            wrong=any(one.verdict is Verdict.WRONG for one in judged), passwords=any(one.password for one in judged), done=done)


def _file(content: bytes, name: str) -> HTTPResponse:
    return HTTPResponse(content, content_type=XLSX, headers=HEADERS | {"Content-Disposition": files.disposition(name)})
