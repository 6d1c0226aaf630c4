"""Regions as the running product knows them: the current profile, older versions that open cases keep, and loading."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from datetime import time as clock
from typing import Any, cast
from uuid import UUID

import orjson

from config.content import SeedOrganisation, SeedService, SeedVenue
from config.errors import NotFound
from config.profile import Profile
from config.routes import Matter
from config.said import Span
from models.database import execute, json_value, new_id, row, rows, transaction
from services import own_words

#: A profile loaded by another process is seen within so many seconds.
FRESH_SECONDS = 5.0


class UnknownRegion(NotFound):
    """没有这个地区的服务，请检查网址是否正确。"""

    code = "unknown_region"


@dataclass(frozen=True)
class Region:
    """One region and the version of its profile that new cases begin under.

    ``written``: the profile as its files say it, without what the region itself says in its place (``services.own_words``), which ``said`` counts.
    """

    code: str
    version: int
    profile: Profile
    written: Profile | None = field(default=None, repr=False, compare=False)
    said: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def scheme(self) -> str:
        return self.profile.scheme

    @property
    def phone(self) -> str:
        return self.profile.help_phone

    def matter(self, code: str) -> Matter:
        """Raises :class:`NotFound` for a matter that the region does not have."""
        if (matter := self.profile.matters.get(code)) is None:
            raise NotFound
        return matter


_versions: dict[tuple[str, int], Region] = {}
#: When it was asked, the profile's version, and how often the region has changed what it says in its place.
_current: dict[str, tuple[float, int, int]] = {}


async def current(code: str) -> Region:
    """The region under its current profile. Raises :class:`UnknownRegion`."""
    return await at(code, (await _standing(code))[1])


async def at(code: str, version: int) -> Region:
    """The region under the profile version that a case began with."""
    said = (await _standing(code))[2]
    known = _versions.get((code, version))
    if known is None or known.said != said:
        written = known.written if known and known.written else await _written(code, version)
        known = _versions[code, version] = Region(code, version, (await own_words.read(code)).over(written), written, said)
    return known


def forget(code: str) -> None:
    """What the region says has just changed: this process reads it anew, the others within :data:`FRESH_SECONDS`."""
    _current.pop(code, None)


async def _standing(code: str) -> tuple[float, int, int]:
    known = _current.get(code)
    if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
        found = await row("SELECT profile_version, said_version FROM region WHERE code = $1", code)
        if found is None:
            raise UnknownRegion
        known = _current[code] = (time.monotonic(), found["profile_version"], found["said_version"])
    return known


async def _written(code: str, version: int) -> Profile:
    found = await row("SELECT document FROM profile_version WHERE region = $1 AND version = $2", code, version)
    if found is None:
        raise UnknownRegion
    return Profile.model_validate(json_value(found["document"]))


async def loaded_at(region: Region) -> datetime:
    """When this version of the profile was loaded last."""
    found = await row("SELECT loaded_at FROM profile_version WHERE region = $1 AND version = $2", region.code, region.version)
    assert found is not None
    return cast(datetime, found["loaded_at"])


async def every() -> list[Region]:
    """All regions of this installation."""
    return [await current(found["code"]) for found in await rows("SELECT code FROM region ORDER BY code")]


async def load(profile: Profile, now: datetime) -> Region:
    """Make ``profile`` the current one and fill in content that is not there yet; what staff have edited stays as it is."""
    document = orjson.dumps(profile.model_dump(mode="json"))  # unsorted: options are offered in the order in which they are written
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('load-region ' || $1))", profile.code)
        version = await _keep_version(profile.code, document, now)
        await execute("INSERT INTO region (code, name, profile_version, loaded_at) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO UPDATE "
                      "SET name = EXCLUDED.name, profile_version = EXCLUDED.profile_version, loaded_at = EXCLUDED.loaded_at",
                      profile.code, profile.name, version, now)
        await _fill(profile, now)
    _current.pop(profile.code, None)
    return await current(profile.code)


async def _keep_version(code: str, document: bytes, now: datetime) -> int:
    found = await row(
        "INSERT INTO profile_version (region, version, digest, document, loaded_at) "
        "SELECT $1, coalesce(max(version), 0) + 1, $2, $3::json, $4 FROM profile_version WHERE region = $1 "
        "ON CONFLICT (region, digest) DO UPDATE SET loaded_at = EXCLUDED.loaded_at RETURNING version",
        code, hashlib.sha256(document).digest(), document.decode(), now)
    assert found is not None
    return int(found["version"])


async def _fill(profile: Profile, now: datetime) -> None:
    organisations = await _fill_organisations(profile)
    await _fill_catalogue(profile, organisations)
    for venue in profile.content.venues:
        await _fill_venue(profile.code, venue, organisations)
    for benefit in profile.content.benefits:
        await _insert("benefit", region=profile.code, id=new_id(), category=benefit.category, level=benefit.level,
                      yearly=benefit.yearly.value, companions=benefit.companions.value)


async def _insert(table: str, **values: Any) -> bool:
    """Insert what is not there yet; whether it was new. Table and column names come from this file alone."""
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of this file alone
    return await execute(sql, *values.values()) == 1


async def _ids(region: str, table: str) -> dict[str, UUID]:
    sql = f"SELECT code, id FROM {table} WHERE region = $1"  # noqa: S608 - a name of this file
    return {found["code"]: found["id"] for found in await rows(sql, region)}


async def _fill_organisations(profile: Profile) -> dict[str, UUID]:
    made: set[str] = set()
    for seed in profile.content.organisations:
        place = new_id()
        latitude, longitude = seed.position or (None, None)
        fresh = await _insert("organisation", region=profile.code, id=place, code=seed.code, name=seed.name, kind=seed.kind.value,
                              district=seed.district, contact=seed.contact, phone=seed.phone, address=seed.address,
                              latitude=latitude, longitude=longitude, in_charge_of=list(seed.in_charge_of))
        if fresh:
            await _fill_openings(profile.code, "organisation_id", place, ((day, span) for day in range(1, 6) for span in _office(profile, seed)))
            made.add(seed.code)
    ids = await _ids(profile.code, "organisation")
    for seed in profile.content.organisations:
        if seed.parent and seed.code in made:  # of one that was there, who kept it at the desk decided where it stands
            await execute("UPDATE organisation SET parent_id = $3 WHERE region = $1 AND id = $2", profile.code, ids[seed.code], ids[seed.parent])
    return ids


def _office(profile: Profile, seed: SeedOrganisation) -> tuple[Span, ...]:
    return seed.hours or profile.calendar.hours


async def _fill_openings(region: str, owner: str, place: UUID, spans: Iterator[tuple[int, Span]]) -> None:
    for weekday, span in spans:
        await _insert("opening", region=region, id=new_id(), weekday=weekday, opens=minutes(span.opens), closes=minutes(span.closes),
                      **{owner: place})


def minutes(moment: clock) -> int:
    """Minutes since midnight; the end of the day is 1440."""
    return 1440 if moment == clock.max else moment.hour * 60 + moment.minute


async def _fill_catalogue(profile: Profile, organisations: dict[str, UUID]) -> None:
    for position, category in enumerate(profile.content.catalogue):
        await _insert("category", region=profile.code, id=new_id(), code=category.code, name=category.name, icon=category.icon, position=position)
    categories = await _ids(profile.code, "category")
    for category in profile.content.catalogue:
        for position, service in enumerate(category.services):
            await _fill_service(profile.code, categories[category.code], position, service, organisations)


async def _fill_service(region: str, category: UUID, position: int, seed: SeedService, organisations: dict[str, UUID]) -> None:
    place = new_id()
    fresh = await _insert(
        "service", region=region, id=place, code=seed.code, category_id=category, position=position, name=seed.name, icon=seed.icon,
        summary=seed.summary, for_whom=seed.for_whom, guide=seed.guide, materials=list(seed.materials), takes=seed.takes,
        levels=list(seed.levels), bookable=seed.bookable, used_at=seed.used_at or "", every_window=seed.windows == "all",
        slot_minutes=seed.slots and seed.slots.minutes, slot_capacity=seed.slots and seed.slots.capacity,
        slot_days_ahead=seed.slots and seed.slots.days_ahead)
    if fresh and seed.windows != "all":
        for window in seed.windows:
            await _insert("service_window", region=region, service_id=place, organisation_id=organisations[window])


async def _fill_venue(region: str, seed: SeedVenue, organisations: dict[str, UUID]) -> None:
    place = new_id()
    latitude, longitude = seed.position or (None, None)
    fresh = await _insert("venue", region=region, id=place, code=seed.code, name=seed.name, category=seed.category, address=seed.address,
                          phone=seed.phone, latitude=latitude, longitude=longitude,
                          operator_id=organisations[seed.operator] if seed.operator else None)
    if fresh:
        await _fill_openings(region, "venue_id", place, ((day, span) for hours in seed.opening for day in hours.days for span in hours.spans))
