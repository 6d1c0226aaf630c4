"""What a request carries once the floor has let it in; handlers read it through these typed functions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias, cast
from uuid import UUID

from sanic import Request, Sanic

from config.errors import NotLoggedIn
from services.actors import Actor
from services.regions import Region, UnknownRegion

App: TypeAlias = "Sanic[Any, Any]"


@dataclass(frozen=True, slots=True)
class Person:
    """What templates know of who is logged in (``person``). ``organisation``: where the first role is, for staff. ``works_at_desk`` and
    ``confirmed``: as of the actor."""

    id: UUID
    name: str
    kind: str
    organisation: str
    roles: tuple[str, ...]
    works_at_desk: bool
    confirmed: bool


def person_of(who: Actor | None) -> Person | None:
    if who is None or who.account_id is None or who.kind is None:
        return None
    return Person(who.account_id, who.name, who.kind.value, next((grant.organisation_name for grant in who.grants), ""),
                  tuple(dict.fromkeys(grant.role for grant in who.grants)), who.works_at_desk, who.confirmed)


class Face(StrEnum):
    """Which of the faces a path belongs to. The value is also the channel of its sessions."""

    PHONE = "phone"
    DESK = "desk"
    MINI = "mini"


FACES = {"console": Face.DESK, "api": Face.MINI}
LOGIN = {Face.PHONE: "/{region}/login", Face.DESK: "/{region}/console/login"}
TERMS = {Face.PHONE: "/{region}/terms", Face.DESK: "/{region}/console/terms"}
CONFIRM = {Face.PHONE: "/{region}/me/confirm", Face.DESK: "/{region}/console/confirm"}
HOME = {Face.PHONE: "/{region}/", Face.DESK: "/{region}/console/"}


def face_of(path: str) -> Face:
    """``/{region}/console/…`` is the desk, ``/{region}/api/…`` the mini program; all else is the phone."""
    parts = path.split("/", 3)
    return FACES.get(parts[2], Face.PHONE) if len(parts) > 2 else Face.PHONE


def declared(request: Request, name: str, default: Any = None) -> Any:
    """What the route said of itself (``ctx_{name}=``)."""
    return getattr(request.route.ctx, name, default) if request.route else default


def face(request: Request) -> Face:
    return cast(Face, request.ctx.face)


def now(request: Request) -> datetime:
    """The moment at which the request came in, the same for everything it does."""
    return cast(datetime, request.ctx.now)


def region(request: Request) -> Region:
    """The region of the path."""
    if (found := cast("Region | None", request.ctx.region)) is None:
        raise UnknownRegion
    return found


def actor(request: Request) -> Actor:
    """Who is logged in. Raises :class:`NotLoggedIn` on a public page that nobody is logged in to."""
    if (found := cast("Actor | None", request.ctx.actor)) is None:
        raise NotLoggedIn
    return found


def visitor(request: Request) -> Actor | None:
    """Who is logged in, if anybody: for public pages."""
    return cast("Actor | None", request.ctx.actor)
