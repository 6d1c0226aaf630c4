"""The page of the terms, the same on both faces: read, tick, go on to where one was going."""

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid
from services import terms
from web import pages, returning
from web.bodies import Body, parse
from web.context import HOME, TERMS, Face, actor, face, now, region


class Agreement(Body):
    """``agreed``: the tick; ``terms``: the version that stood beside it."""

    agreed: str = ""
    terms: str = ""
    next: str = ""


async def show(request: Request) -> HTTPResponse:
    """For who owes it; whoever does not is led on."""
    wanted = str(request.args.get("next") or "")[:returning.LONGEST]
    if terms.owed(region(request), actor(request)) is None:
        return redirect(_onward(request, wanted), status=303)
    return _page(request, wanted)


async def agree(request: Request) -> HTTPResponse:
    asked = parse(request, Agreement)
    try:
        await terms.agree(region(request), actor(request), asked.terms if asked.agreed else "", now(request))
    except Invalid as refusal:
        return _page(request, asked.next, refusal)
    return redirect(_onward(request, asked.next), status=303)


def _page(request: Request, wanted: str, refusal: Invalid | None = None) -> HTTPResponse:
    here = region(request)
    return pages.render(request, f"{face(request)}/terms.html", refusal.status_code if refusal else 200, terms=here.profile.terms,
                        next=_onward(request, wanted), errors=refusal.fields if refusal else {}, before=actor(request).terms,
                        to=TERMS[face(request)].format(region=here.code))


def _onward(request: Request, wanted: str) -> str:
    code = region(request).code
    return returning.safe_next(code, wanted, HOME[face(request)].format(region=code))


def blueprint_of(of: Face) -> Blueprint:
    made = Blueprint(f"{of.value}_terms", url_prefix=TERMS[of].format(region="<region:str>"))
    made.add_route(show, "", methods=["GET"], ctx_permission="person", ctx_before_terms=True)
    made.add_route(agree, "", methods=["POST"], ctx_permission="person", ctx_before_terms=True, ctx_limit=(30, 60))
    return made
