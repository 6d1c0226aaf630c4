"""Pages for people: one Jinja2 environment for both faces, and the headers that every page carries.

A template's first name is its face. ``phone/home.html`` is looked for in the floor's own ``web/templates/phone``, then among the
phone pages in ``wechat/pages/templates``; ``desk/…`` likewise in ``console/templates``. The face decides which components a template sees as
``ui``, also when only one block of it is rendered, where Jinja would not have run the template's own imports.
"""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from sanic import HTTPResponse, Request

from config import clock
from config.keys import keys
from config.settings import settings
from services import rich_text, todo
from services.masking import masked_id_number, masked_name, masked_phone
from services.prose import prose
from web import wording
from web.assets.build import icon_names
from web.static import asset

ROOT = Path(__file__).parents[1]
FLOOR = ROOT / "web" / "templates"
FACES: dict[str, tuple[Path, ...]] = {
    "phone": (FLOOR / "phone", ROOT / "wechat" / "pages" / "templates"),
    "desk": (FLOOR / "desk", ROOT / "console" / "templates"),
    "shared": (FLOOR / "shared",),
}
UNKNOWN_ICON = "point"

#: Nothing inline and nothing from elsewhere: a script or a style that somebody smuggles into a page stays dead text (T31).
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'self'", "img-src 'self' data:", "style-src 'self'", "script-src 'self'", "connect-src 'self'",
    "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "object-src 'none'",
))
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",  # not no-referrer: browsers would then send `Origin: null` with our own forms
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    "Vary": "HX-Request, Cookie",
}


def render(request: Request, template: str, status: int = 200, *, block: str | None = None, headers: Mapping[str, str] | None = None,
           **context: Any) -> HTTPResponse:
    """Answer with a page.

    ``template``: ``phone/case.html``, ``desk/todo.html``. ``block``: what htmx gets of it when it asks for a part; a browser that loads the page, and
    htmx when it boosts a link or goes back in history, gets the whole. Beside ``context`` the template sees ``request``, ``region``, ``person``,
    ``csrf``, ``flash`` and ``nav`` of the request (``request.ctx``), ``theme``, ``large_type``, ``now`` and its face's components as ``ui``.
    """
    seen = surroundings(request) | context
    if block and asks_for_part(request):
        body = fragment(template, block, **seen)
    else:
        body = environment().get_template(template).render(ui=components(template), **seen)
    personal = seen["person"] or request.method not in ("GET", "HEAD")
    sent = {**HEADERS, "Cache-Control": "no-store" if personal else "private, no-cache", **(headers or {})}
    return HTTPResponse(body, status=status, content_type="text/html; charset=utf-8", headers=sent)


def fragment(template: str, block: str, **context: Any) -> str:
    """One block of a template as HTML, for a part of a page or a live update. Raises ``KeyError`` for a block that the template does not have."""
    page = environment().get_template(template)
    return "".join(page.blocks[block](page.new_context({"ui": components(template)} | context)))


def asks_for_part(request: Request) -> bool:
    """Whether htmx asks, and means to put the answer into a part of the page that it has."""
    asked = request.headers
    whole = "hx-boosted" in asked or "hx-history-restore-request" in asked or asked.get("hx-request-type") == "full"
    return "hx-request" in asked and not whole


def surroundings(request: Request) -> dict[str, Any]:
    """What every page knows about the request it answers."""
    told = request.ctx
    person, theme = getattr(told, "person", None), request.cookies.get("theme")
    return {
        "request": request, "region": getattr(told, "region", None), "person": person, "person_mark": person_mark(person),
        "csrf": getattr(told, "csrf", ""), "flash": getattr(told, "flash", None), "nav": getattr(told, "nav", ()),
        "now": getattr(told, "now", None) or clock.now(),
        "theme": theme if theme in ("light", "dark") else "", "large_type": request.cookies.get("large_type") == "1",
    }


def person_mark(person: Any) -> str:
    """Tells the browser whether the draft that it kept was typed by the one who is logged in now, without telling who that is."""
    return keys().sign("draft owner", str(person.id).encode(), 8).hex() if person else ""


def components(template: str) -> SimpleNamespace:
    """The components that a template sees as ``ui``: those of its face, over those that both faces share."""
    face = template.partition("/")[0]
    made = environment()
    shared, own = (vars(made.get_template(f"{room}/components.html").module) for room in ("shared", face))
    return SimpleNamespace(**{name: part for name, part in {**shared, **own}.items() if not name.startswith("_")})


def icon(name: str, size: str = "") -> Markup:
    """An icon of the sprite, ``size`` ``""``, ``lg`` or ``xl``. A profile may name one that is not in it: that shows a dot, and no page fails."""
    known = name if name in _icons() else UNKNOWN_ICON
    drawing = Markup('<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>')
    return drawing.format(f" icon--{size}" if size else "", asset("icons.svg"), known)


@lru_cache(maxsize=1)
def _icons() -> frozenset[str]:
    return frozenset(icon_names())


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of this process. An unknown name in a template is an error, never an empty place on a page."""
    made = Environment(
        loader=PrefixLoader({face: ChoiceLoader([FileSystemLoader(folder) for folder in folders]) for face, folders in FACES.items()}),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=not settings().in_production,
    )
    made.globals.update(asset=asset, icon=icon, once_token=lambda: secrets.token_urlsafe(16))
    made.filters.update(
        day=lambda value, zone=wording.HOME: wording.day(value, clock.now(), zone),
        ago=lambda value, zone=wording.HOME: wording.ago(value, clock.now(), zone),
        counted=lambda number: f"{todo.MOST}+" if number >= todo.MOST else str(number),
        masked_phone=masked_phone, masked_name=masked_name, masked_id_number=masked_id_number, prose=prose,
        rich=lambda body, written_as: rich_text.shown(written_as, body), marks=lambda body, written_as: rich_text.to_marks(written_as, body),
    )
    return made
