"""统计分析: the chief's page. What the office did in a period, as charts with their numbers beneath, as Excel and as a report to be printed."""

from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from services import printing
from services.figures import asking, files, periods
from services.figures.periods import SPANS, Span
from services.figures.sheets import Drawn, Value, shown
from web.bodies import query
from web.context import actor, now, region

blueprint = Blueprint("desk_figures", url_prefix="/<region:str>/console/figures")
#: Shades of a table that is drawn by its own cells.
SHADES = 6


class Asked(shell.Asked):
    """As it stands in the address. Dates are a period of one's own, whatever ``span`` says; ``sheet``: of which table, for Excel."""

    span: Span = "month"
    since: date | None = None
    until: date | None = None
    organisation: UUID | None = None
    sheet: str = Field("", max_length=20)


@blueprint.get("/", ctx_permission=Permission.SUPERVISE)
async def show(request: Request) -> HTTPResponse:
    try:
        asked = query(request, Asked)
        return await _page(request, asked, question(request, asked))
    except Invalid as refusal:
        return await _page(request, Asked(), question(request, Asked()), status=refusal.status_code, errors=refusal.fields,
                           typed={name: str(request.args.get(name) or "") for name in ("since", "until")})


@blueprint.post("/export", ctx_permission=Permission.SUPERVISE, ctx_limit=(30, 300))
async def export(request: Request) -> HTTPResponse:
    """One table, or all of them, as Excel. Some hundred rows: there is nothing to wait for."""
    asked = query(request, Asked)
    name, content = await files.excel(region(request), actor(request), question(request, asked), asked.sheet, now(request))
    named = {"Content-Disposition": f"attachment; filename=\"figures.xlsx\"; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return HTTPResponse(content, content_type=files.XLSX, headers=named)


@blueprint.get("/print", ctx_permission=Permission.SUPERVISE, ctx_limit=(20, 60))
async def paper(request: Request) -> HTTPResponse:
    drawn = await files.report(region(request), actor(request), question(request, query(request, Asked)), now(request))
    headers = {"Content-Disposition": 'inline; filename="figures.pdf"', "Cache-Control": "no-store"}
    return HTTPResponse(drawn, content_type=printing.CONTENT_TYPE, headers=headers)


def question(request: Request, asked: Asked) -> asking.Asked:
    """Raises :class:`Invalid` for days that make no period."""
    today = now(request).astimezone(region(request).profile.tz).date()
    own = asked.since is not None or asked.until is not None
    return asking.Asked(periods.chosen("free" if own else asked.span, asked.since, asked.until, today), asked.organisation)


async def _page(request: Request, asked: Asked, wanted: asking.Asked, *, status: int = 200, **context: Any) -> HTTPResponse:
    report = await asking.ask(region(request), actor(request), wanted, now(request))
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page", "sheet"})
    spans = [(span, words, shell.address(request, "figures/", span=span, organisation=asked.organisation)) for span, words in SPANS.items()]
    return await shell.page(
        request, "figures.html", status, asked=asked, report=report, spans=spans, own=asked.since or asked.until, organisation_options=await
        shell.organisation_options(request), export=lambda key="": shell.address(request, "figures/export", **kept, sheet=key),
        paper=shell.address(request, "figures/print", **kept), shade=_shade, shown=shown, Drawn=Drawn, **context)


def _shade(value: Value, most: float) -> int:
    """0 for nothing, else 1 to :data:`SHADES`."""
    return min(SHADES, 1 + int(value * SHADES / most)) if isinstance(value, int | float) and value > 0 else 0
