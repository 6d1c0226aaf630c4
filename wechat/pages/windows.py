"""服务窗口: the directory of windows with contact, telephone, hours, address and map (WH-54)."""

from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request

from models.organisation import Organisation
from services import windows
from web import pages
from web.context import now, region

#: The maps that people have, each by its own address for «this point»; nothing of them is loaded before somebody goes there. Coordinates are
#: GCJ-02, as the profile keeps them. Tencent's opens inside WeChat, Gaode's its own program where it is there.
TENCENT, GAODE = "https://apis.map.qq.com/uri/v1/marker?", "https://uri.amap.com/marker?"
LONGEST_WORDS = 30
blueprint = Blueprint("phone_windows")


@blueprint.get("/<region:str>/windows", ctx_permission="public")
async def directory(request: Request) -> HTTPResponse:
    """``?district=`` narrows to one district, ``?words=`` to windows that have the words in name or address."""
    here, district = region(request), request.args.get("district", "")
    words = str(request.args.get("words", ""))[:LONGEST_WORDS].strip()
    known = {one.code for one in here.profile.districts}
    found = await windows.directory(here, now(request), district if district in known else None)
    every = await windows.directory(here, now(request)) if district else found
    served = [one for one in here.profile.districts if any(window.organisation.district == one.code for window in every)]
    shown = [one for one in found if words.casefold() in f"{one.organisation.name} {one.organisation.address}".casefold()]
    return pages.render(request, "phone/windows.html", block="list", windows=shown, districts=served, district=district, words=words, maps_of=maps_of)


def maps_of(place: Organisation) -> list[tuple[str, str]]:
    """Name of the map and its address for the place; none without a position."""
    if place.latitude is None or place.longitude is None:
        return []
    tencent = {"marker": f"coord:{place.latitude},{place.longitude};title:{place.name};addr:{place.address}", "referer": "greenlane"}
    gaode = {"position": f"{place.longitude},{place.latitude}", "name": place.name, "src": "greenlane", "coordinate": "gaode", "callnative": "1"}
    return [("腾讯地图", TENCENT + urlencode(tencent)), ("高德地图", GAODE + urlencode(gaode))]
