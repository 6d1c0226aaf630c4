"""账号信息 (GL-06) in the desk's frame."""

from typing import Any

from sanic import HTTPResponse, Request

from console import shell
from web import account
from web.account import Place


async def _page(request: Request, which: str, status: int, **context: Any) -> HTTPResponse:
    return await shell.page(request, f"security_{which}.html", status, **context)


blueprint = account.blueprint_of(Place("desk_account", "console/security", "console/security", "staff", _page))
