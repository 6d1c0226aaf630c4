"""账号信息 (GL-06) in the phone's frame."""

from typing import Any

from sanic import HTTPResponse, Request

from web import account, pages
from web.account import Place


async def _page(request: Request, which: str, status: int, **context: Any) -> HTTPResponse:
    return pages.render(request, f"phone/me/{which}.html", status, **context)


blueprint = account.blueprint_of(Place("phone_account", "me", "me/settings", "person", _page))
