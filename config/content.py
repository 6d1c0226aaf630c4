"""Content: the first filling of rows that staff edit afterwards."""

from typing import Annotated, Literal

from pydantic import Field

from config.said import Code, Fact, Position, Said, Spans, Words
from config.vocabulary import OrganisationKind


class SeedOrganisation(Said):
    code: Code
    name: Words
    kind: OrganisationKind
    parent: Code | None = None
    district: Code | None = None
    phone: str = ""
    contact: str = ""
    address: str = ""
    position: Position | None = Field(None, description="latitude, longitude (GCJ-02)")
    in_charge_of: tuple[str, ...] = Field((), description="full titles of honours")
    hours: Spans | None = Field(None, description="else the region's office hours")
    assumed: bool = False


class District(Said):
    code: Code
    name: Words


class SeedService(Said):
    code: Code
    name: Words
    icon: str = "star"
    summary: Words
    for_whom: str = ""
    guide: Words
    materials: tuple[str, ...] = ()
    takes: str = ""
    levels: tuple[Code, ...] = Field((), description="card levels it is for; none: all")
    windows: tuple[Code, ...] | Literal["all"] = "all"
    bookable: bool = True
    used_at: Code | None = Field(None, description="category of venues where it is used on a scan")
    slots: "SeedSlots | None" = None
    assumed: bool = False


class SeedSlots(Said):
    """Slots made ahead for every window of the service: each so many minutes, for so many people."""

    minutes: int = Field(ge=5, le=480)
    capacity: int = Field(ge=1, le=1000)
    days_ahead: int = Field(14, ge=1, le=90)


class SeedCategory(Said):
    code: Code
    name: Words
    icon: str = "star"
    services: tuple[SeedService, ...] = ()


class VenueCategory(Said):
    code: Code
    name: Words


class InformationList(Said):
    """A list of information that staff keep and everybody reads, beside the notices (WH-56)."""

    code: Code
    name: Words


class OpeningHours(Said):
    """Weekdays 1 (Monday) to 7, and the spans of those days."""

    days: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (1, 2, 3, 4, 5, 6, 7)
    spans: Spans


class SeedVenue(Said):
    code: Code
    name: Words
    category: Code
    operator: Code | None = None
    address: Words
    phone: str = ""
    position: Position | None = None
    opening: tuple[OpeningHours, ...] = Field(min_length=1)
    assumed: bool = False


class SeedBenefit(Said):
    """What one level may use in one category of venues: how often a year (none: without limit), with how many companions."""

    category: Code
    level: Code
    yearly: Fact[int | None]
    companions: Fact[int] = Fact(value=0, assumed=True)


class Content(Said):
    organisations: tuple[SeedOrganisation, ...]
    catalogue: tuple[SeedCategory, ...] = ()
    venues: tuple[SeedVenue, ...] = ()
    benefits: tuple[SeedBenefit, ...] = ()
