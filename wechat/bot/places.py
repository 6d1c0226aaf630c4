"""A location or a picture that somebody sends: the windows near it, or the scan page of the board on it."""

from math import asin, cos, radians, sin, sqrt

import structlog

from config.errors import Refusal
from qr import board_code
from services import files, windows
from services.windows import Window
from wechat.bot import words
from wechat.bot.talk import Talk
from wechat.codec import Incoming

NEAREST = 3
EARTH_METRES = 6_371_000
log = structlog.get_logger(__name__)


async def near(talk: Talk, message: Incoming) -> str:
    """Distance, telephone and hours of the nearest windows. WeChat's coordinates are GCJ-02, like those of the profile; where she is is not kept."""
    try:
        latitude, longitude = float(str(message.raw.get("Location_X"))), float(str(message.raw.get("Location_Y")))
    except ValueError:
        return words.NO_PLACE
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # «nan» is in no range either
        return words.NO_PLACE
    found = [(metres(latitude, longitude, place.latitude, place.longitude), one) for one in await windows.directory(talk.region, talk.now)
             if (place := one.organisation).latitude is not None and place.longitude is not None]
    nearest: list[tuple[float, Window]] = sorted(found, key=lambda pair: pair[0])[:NEAREST]
    return words.windows_near(nearest, talk.now, talk.link("windows"))


def metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """On the great circle."""
    here, there = radians(latitude), radians(other_latitude)
    half = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(half))


async def look(talk: Talk, message: Incoming) -> None:
    """What the QR symbols on a sent picture say, for :func:`read_picture`. Before the answer's transaction: fetching it may take seconds.

    Opened in quarantine like every file from outside, and not kept.
    """
    try:
        data = await talk.platform.received_picture(str(message.raw.get("MediaId", "")))
        _, texts = await files.codes("picture", "picture.jpg", data)
    except Refusal as refusal:
        log.info("bot.picture_not_read", code=refusal.code)
    else:
        talk.seen.extend(texts)


def read_picture(talk: Talk) -> str:
    """Where the board on it leads, if it is one of this region."""
    for text in talk.seen:
        try:
            return words.board_found(talk.link(f"v/{board_code.read(text, talk.public_url, talk.region.code)}"))
        except board_code.BoardOfAnotherRegion as refusal:
            return refusal.text
        except board_code.BoardCodeInvalid:
            continue
    return words.FOREIGN_CODE if talk.seen else words.NO_CODE
