"""Who may come in: every route says so itself (``ctx_permission=``), and one that says nothing stops the start (T03).

======================  ==================================================================
``"public"``            anybody
``"person"``            anybody who is logged in
``"talent"``            a talent
``"staff"``             an account of staff, or of a unit's people, with at least one role
``"unit"``              an account of a unit's people with at least one role
``"venue"``             whoever holds a venue's link; the handler verifies it
a :class:`Permission`   whoever has a role that carries it in this region
======================  ==================================================================

Whoever came in by a number that may have changed hands proves who she is before a route opens that does not say ``ctx_unconfirmed=True``
(:func:`owes_proof`, T39): those that do show nothing of a person's own that is not masked, and change nothing of her account. Whoever has not agreed
to the terms in force is led to them from every route that is not public (:func:`owes_terms`).
"""

import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import Any

from sanic import HTTPResponse, Request, redirect
from sanic.response import BaseHTTPResponse

from config.clock import now
from config.errors import NotLoggedIn, NotPermitted
from config.vocabulary import Permission
from models.database import GONE
from services import confirming, regions, terms
from services.actors import Actor
from services.regions import Region, UnknownRegion
from web import access_log, bodies, compression, csrf, limits, returning, sessions, uploads
from web.context import App, Face, declared, face_of, person_of

PUBLIC, PERSON, TALENT, STAFF, UNIT, VENUE = WORDS = ("public", "person", "talent", "staff", "unit", "venue")


#: ``ctx_session=``: the verb asks for the session in its own statement (:func:`proving`).
IN_STATEMENT = "in_statement"

Handler = Callable[..., Awaitable[HTTPResponse]]


class UndeclaredRoute(RuntimeError):
    """A route does not say who may come in."""


def install(app: App) -> None:
    """Put the floor under every route of ``app``."""
    app.register_middleware(let_in, "request")
    app.register_middleware(see_out, "response")


def check_routes(app: App) -> None:
    """Raises :class:`UndeclaredRoute` for all routes without, or with an unknown, ``ctx_permission``."""
    silent = [f"{sorted(route.methods)} /{route.path}" for route in app.router.routes
              if not isinstance(permission := getattr(route.ctx, "permission", None), Permission) and permission not in WORDS]
    if silent:
        raise UndeclaredRoute("routes without a known ctx_permission:\n  " + "\n  ".join(silent))
    unproved = [f"/{route.path}" for route in app.router.routes
                if (getattr(route.ctx, "session", None) == IN_STATEMENT) is not getattr(route.handler, "proves", False)]
    if unproved:
        raise UndeclaredRoute("«proving» and ctx_session go together:\n  " + "\n  ".join(unproved))
    unasked = [f"/{route.path}" for route in app.router.routes
               if getattr(route.ctx, "session", None) == IN_STATEMENT and not getattr(route.ctx, "unconfirmed", False)]
    if unasked:
        raise UndeclaredRoute("a verb that checks the session itself does not ask whether it is confirmed:\n  " + "\n  ".join(unasked))


async def let_in(request: Request) -> HTTPResponse | None:
    """Region, session, permission, identity, terms, origin and size, in this order; an answer when the way leads to the page of one of them."""
    begin(request)
    if request.route is None:
        await _dress(request)
        return None
    request.match_info.pop("region", None)
    if (code := _region_code(request)) is not None:
        request.ctx.region = await regions.current(code)
    if declared(request, "session") == IN_STATEMENT:
        await limits.check(request)
        return None  # «proving» goes on
    await _identify(request)
    csrf.prepare(request)
    await limits.check(request)
    try:
        admit(declared(request, "permission"), request.ctx.actor, request.ctx.region)
    except NotLoggedIn:
        return _to_login(request)
    if owes_proof(request):
        return _to_proof(request)
    if owes_terms(request):
        return _to_terms(request)
    await _take_in(request)
    return None


async def _identify(request: Request) -> None:
    if request.ctx.region is not None:
        let_be(request, await sessions.resolve(request, request.ctx.region.code))


def let_be(request: Request, who: Actor | None) -> None:
    """It is known now who asks."""
    request.ctx.actor, request.ctx.person = who, person_of(who)


async def _take_in(request: Request) -> None:
    """What came along: its size, its words, and whether a page of ours sent it."""
    await uploads.receive(request)
    bodies.check_size(request)
    bodies.check_text(request)
    csrf.check(request)


def proving(handler: Handler) -> Handler:
    """Decorator of an API's handler that says ``ctx_session="in_statement"``: its verb checks the session, and saves a hot route a round trip.

    The handler says who it was (:func:`let_be`). Whatever it refuses, somebody who may not come in hears that first, as everywhere; and nobody is
    answered whom the floor would not have let in.
    """
    @functools.wraps(handler)
    async def proved(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        try:
            await _take_in(request)
            response = await handler(request, *args, **kwargs)
        except Exception:
            await _identify(request)
            _admit_to_api(request)
            raise
        _admit_to_api(request)
        return response

    proved.proves = True  # type: ignore[attr-defined]
    return proved


def _admit_to_api(request: Request) -> None:
    admit(declared(request, "permission"), request.ctx.actor, request.ctx.region)
    if owes_terms(request):
        terms.require(request.ctx.region, request.ctx.actor)


def begin(request: Request) -> None:
    """What every request has, whatever becomes of it."""
    context = request.ctx
    context.now, context.face, context.address = now(), face_of(request.path), request.remote_addr or request.ip
    context.region = context.actor = context.person = context.session = None
    context.csrf = ""
    access_log.begin(request)


def admit(permission: str, actor: Actor | None, region: Region | None) -> None:
    """Raises :class:`NotLoggedIn` or :class:`NotPermitted`; a permission that nothing grants is denied."""
    if permission in (PUBLIC, VENUE):
        return
    if actor is None or region is None:
        raise NotLoggedIn
    if permission == PERSON or (permission == TALENT and actor.is_talent) or (permission == STAFF and actor.works_at_desk):
        return
    if permission == UNIT and actor.is_of_unit and actor.grants:
        return
    if isinstance(permission, Permission) and actor.may(permission, region.profile):
        return
    raise NotPermitted


async def see_out(request: Request, response: BaseHTTPResponse) -> None:
    """Headers that every answer has, and the line in the log."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if getattr(request.ctx, "session", None) is not None:
        headers.setdefault("Cache-Control", "no-store")
    if hasattr(request.ctx, "region"):
        csrf.keep_pre_session(request, response)
        access_log.finish(request, response)
    compression.compress(request, response)


def owes_proof(request: Request) -> bool:
    """Whether this person proves who she is before the route opens: all but public ones, and those that say ``ctx_unconfirmed=True``."""
    if request.ctx.actor is None or declared(request, "permission") in (PUBLIC, VENUE) or declared(request, "unconfirmed", False):
        return False
    return not request.ctx.actor.confirmed


def owes_terms(request: Request) -> bool:
    """Whether this person agrees to the terms before the route opens: all but public ones, and those that say ``ctx_before_terms=True``."""
    who, here = request.ctx.actor, request.ctx.region
    if who is None or here is None or declared(request, "permission") in (PUBLIC, VENUE) or declared(request, "before_terms", False):
        return False
    return terms.owed(here, who) is not None


def _region_code(request: Request) -> str | None:
    return request.path.split("/", 2)[1] if request.route and request.route.path.startswith("<region") else None


def _to_login(request: Request) -> HTTPResponse:
    """A page leads to the login and back; the API says 401."""
    if request.ctx.face is Face.MINI or request.ctx.region is None:
        raise NotLoggedIn
    return _lead(request, returning.login_url(request))


def _to_proof(request: Request) -> HTTPResponse:
    """A page leads to where it is given and back; the API says 403."""
    if request.ctx.face is Face.MINI:
        confirming.require(request.ctx.actor)
    return _lead(request, returning.confirm_url(request))


def _to_terms(request: Request) -> HTTPResponse:
    """A page leads to the terms and back; the API says 403."""
    if request.ctx.face is Face.MINI:
        terms.require(request.ctx.region, request.ctx.actor)
    return _lead(request, returning.terms_url(request))


def _lead(request: Request, there: str) -> HTTPResponse:
    """htmx leads the whole page there."""
    if "hx-request" in request.headers:
        return HTTPResponse(status=200, headers={"HX-Redirect": there})
    return redirect(there, status=303)


async def _dress(request: Request) -> None:
    """For a page that does not exist: the region's name on the page that says so, when the path begins with one."""
    code = request.path.split("/", 2)[1]
    with contextlib.suppress(UnknownRegion, *GONE):
        request.ctx.region = await regions.current(code) if code.isidentifier() else None
