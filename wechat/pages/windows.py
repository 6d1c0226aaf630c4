"""服务窗口: the directory of windows with contact, telephone, hours, address and map (WH-54)."""

from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request

from models.organisation import Organisation
from services import windows
from web import pages
from web.context import now, region

#: Tencent's own page for «this point on the map»; it opens the map inside WeChat. Coordinates are GCJ-02, as the profile keeps them.
MAP = "https://apis.map.qq.com/uri/v1/marker?"
blueprint = Blueprint("phone_windows")


@blueprint.get("/<region:str>/windows", ctx_permission="public")
async def directory(request: Request) -> HTTPResponse:
    """``?district=`` narrows to one district."""
    here, district = region(request), request.args.get("district", "")
    known = {one.code for one in here.profile.districts}
    found = await windows.directory(here, now(request), district if district in known else None)
    every = await windows.directory(here, now(request)) if district else found
    served = [one for one in here.profile.districts if any(window.organisation.district == one.code for window in every)]
    return pages.render(request, "phone/windows.html", windows=found, districts=served, district=district, map_of=map_of)


def map_of(place: Organisation) -> str:
    """Address of the map; empty for a place without a position."""
    if place.latitude is None or place.longitude is None:
        return ""
    marker = f"coord:{place.latitude},{place.longitude};title:{place.name};addr:{place.address}"
    return MAP + urlencode({"marker": marker, "referer": "greenlane"})
