"""核验打印件 (BZ-14): where the QR on a printed paper leads. For everybody who holds the paper, also without an account."""

from sanic import Blueprint, HTTPResponse, Request

from services.cases.scope import may_see
from services.printing import proof
from services.printing.proof import Proof
from web import pages
from web.context import region, visitor

blueprint = Blueprint("phone_paper")


@blueprint.get("/<region:str>/p/<code:str>", ctx_permission="public", ctx_limit=(60, 60))
async def show(request: Request, code: str) -> HTTPResponse:
    """What stands on the paper and how the case stands now; nothing that is not on the paper, and the name masked."""
    found = await proof.prove(region(request), code)
    return pages.render(request, "phone/paper.html", headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"},
                        paper=found, whole=_whole(request, found))


def _whole(request: Request, found: Proof) -> str:
    """Address of the whole case, for those who may see it."""
    here, who = region(request), visitor(request)
    if who is None or not may_see(here, who, found.case):
        return ""
    return f"/{here.code}/{'desk-m/cases' if who.is_staff else 'cases'}/{found.case.id}"
