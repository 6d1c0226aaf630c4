"""Who was classified 人才认定分类 (DZ-06, GL-12): found by combined conditions; each line leads to the case that decided."""

from datetime import date
from typing import Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from console.exports import ordered
from services import standings
from services.standings import Wanted
from web.bodies import query
from web.context import actor, region
from web.idempotency import once

PAGE = 50
blueprint = Blueprint("desk_standings", url_prefix="/<region:str>/console/standings")


class Asked(shell.Asked):
    words: str = Field("", max_length=60)
    standing: str = Field("", max_length=48)
    unit: str = Field("", max_length=60)
    since: date | None = None
    until: date | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.words, self.standing, self.unit, self.since, self.until)

    @property
    def kept(self) -> dict[str, Any]:
        """The conditions that were set, for addresses of the same answer."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})


@blueprint.get("/", ctx_permission=Permission.QUERY_CARDS)
async def search(request: Request) -> HTTPResponse:
    try:
        asked = query(request, Asked)
        found, total = await standings.search(region(request), actor(request), asked.wanted, limit=PAGE, offset=(asked.page - 1) * PAGE)
        return await _list(request, asked, found=found, total=total, pager=shell.pager(request, "standings", asked.page, PAGE, total, asked.kept))
    except Invalid as refusal:
        return await _list(request, Asked(), status=refusal.status_code, errors=refusal.fields)


async def _list(request: Request, asked: Asked, *, status: int = 200, **context: Any) -> HTTPResponse:
    answer: dict[str, Any] = {"found": [], "total": 0, "pager": None}
    return await shell.page(request, "standings.html", status, asked=asked, export=shell.address(request, "standings/export", **asked.kept),
                            **answer | context)


@blueprint.post("/export", ctx_permission=Permission.QUERY_CARDS, ctx_limit=(20, 300))
@once
async def export(request: Request) -> HTTPResponse:
    """The whole list as a file; the conditions come in the address, as they stood on the page."""
    return await ordered(request, "standings", query(request, Asked).wanted)
