"""What a region may say about itself. Everything a profile can contain is in this file; how it is read is in ``loading.py``.

*Structure* (matters, routes, roles, texts, hours, limits) is kept by version: an open case keeps the version it began under.
*Content* (organisations, catalogue, venues, benefits) is only the first filling of rows that staff edit afterwards.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any, Generic, Literal, NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, field_validator, model_validator

from config.vocabulary import Action, FieldType, NotificationKind, OrganisationKind, Permission, Requirement

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$", description="小写字母、数字和下划线，以字母开头")]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
T = TypeVar("T")
Member = TypeVar("Member", bound=str)

#: A set that is always written in one order, so that the same structure is the same JSON in every process.
Members = Annotated[frozenset[Member], PlainSerializer(sorted, return_type=list)]


class Said(BaseModel):
    """Base of all parts: unknown keys are mistakes, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(Said, Generic[T]):
    """A value that the region's manual states, or that we assumed where it is silent (``{value: 6, assumed: true}``)."""

    value: T
    assumed: bool = False

    @model_validator(mode="before")
    @classmethod
    def plain_value(cls, given: Any) -> Any:
        whole = isinstance(given, Fact) or (isinstance(given, Mapping) and "value" in given)
        return given if whole else {"value": given}


class Limit(NamedTuple):
    """So much working time, e.g. ``5 working days`` or ``4 working hours``."""

    amount: int
    unit: Literal["days", "hours"]

    def __str__(self) -> str:
        return f"{self.amount} working {self.unit}"

    @property
    def label(self) -> str:
        return f"{self.amount} 个工作{'日' if self.unit == 'days' else '小时'}"


def _limit(given: Any) -> Any:
    if isinstance(given, Limit):
        return given
    found = re.fullmatch(r"(\d{1,3}) working (day|hour)s?", str(given))
    if not found or int(found[1]) == 0:
        raise ValueError("expected something like «5 working days» or «4 working hours»")
    return Limit(int(found[1]), "days" if found[2] == "day" else "hours")


WorkingTime = Annotated[Limit, BeforeValidator(_limit), PlainSerializer(str)]


def _clock_time(given: Any) -> Any:
    return time.max if given == "24:00" else given


Clock = Annotated[time, BeforeValidator(_clock_time), PlainSerializer(lambda t: "24:00" if t == time.max else t.isoformat())]


class Span(Said):
    """From when to when within one day; 24:00 is the end of the day."""

    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        return self


def _one_after_another(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    if any(later.opens < earlier.closes for earlier, later in pairwise(spans)):
        raise ValueError("spans of one day in their order, none within another")
    return spans


Spans = Annotated[tuple[Span, ...], Field(min_length=1), AfterValidator(_one_after_another)]

#: Latitude first, longitude second; swapped, a place in China would lie beyond the pole.
Position = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class Calendar(Said):
    """When the region's offices work. National holidays and make-up working days come from the ``holidays`` library."""

    country: str = "CN"
    hours: Spans
    closed: tuple[date, ...] = Field((), description="the region's own days off")
    open: tuple[date, ...] = Field((), description="the region's own extra working days")


class Login(Said):
    methods: tuple[Literal["password", "sms_code"], ...] = Field(min_length=1)
    captcha_after_failures: Fact[int] = Fact(value=3, assumed=True)
    code_minutes: Fact[int] = Fact(value=5, assumed=True)


class Level(Said):
    """A level of the card, best first."""

    code: Code
    name: Words


class CardRules(Said):
    name: Words
    levels: tuple[Level, ...] = Field(min_length=1)
    valid_years: Fact[int]


class Role(Said):
    name: Words
    can: Members[Permission]


class FormField(Said):
    """One field of a form; the declaration that every face, export and print draws from."""

    field: Code
    type: FieldType
    label: Words
    required: bool = False
    hint: str = ""
    examples: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = Field(None, description="longest text in characters, or largest number")
    options: dict[str, str] = Field({}, description="value → label, for choice and several")
    kinds: tuple[OrganisationKind, ...] = Field((), description="for an organisation: which kinds may be chosen")

    @model_validator(mode="after")
    def options_where_needed(self) -> Self:
        if (self.type in {FieldType.CHOICE, FieldType.SEVERAL}) != bool(self.options):
            raise ValueError("options belong to choice and several, and these need them")
        return self


class OrganisationPick(Said):
    """Exactly one way to find the organisation that handles a step."""

    code: Code | None = Field(None, description="this one")
    chosen: Code | None = Field(None, description="the one chosen in this field of the form")
    same_as: Code | None = Field(None, description="the one that handled this earlier step")
    district_bureau_of: str | None = Field(None, description="bureau of the district that stands at this path")
    in_charge_of: str | None = Field(None, description="department in charge of the honour that stands at this path")

    @model_validator(mode="before")
    @classmethod
    def plain_code(cls, given: Any) -> Any:
        return {"code": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def exactly_one(self) -> Self:
        if sum(way is not None for way in self.model_dump().values()) != 1:
            raise ValueError(f"expected exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def way(self) -> tuple[str, str]:
        """The one that is said: its name and its value."""
        return next((name, value) for name, value in self if value is not None)


class Handler(Said):
    """One branch: taken when every condition of ``when`` holds (equal, or one of). The first that holds wins."""

    when: dict[str, str | bool | int | tuple[str, ...]] = {}
    organisation: OrganisationPick | None = None
    role: Code | None = None
    skip: bool = False

    @model_validator(mode="after")
    def skip_or_handle(self) -> Self:
        if self.skip == bool(self.organisation and self.role):
            raise ValueError("expected either skip: true, or an organisation and a role")
        return self


#: What a step may offer its handler; the rest of the vocabulary belongs to applicants and to the system.
HANDLER_ACTIONS = frozenset({Action.APPROVE, Action.RETURN, Action.REJECT, Action.TRANSFER, Action.COMPLETE, Action.SUPPLEMENT})


class Can(Said):
    """An action that a step allows, and what it asks for."""

    action: Action
    label: str = Field("", description="word on the button; else the action's own")
    done: str = Field("", description="what history says afterwards, e.g. 已受理")
    opinion: Literal["required", "optional", "none"] = "optional"
    choices: dict[str, str] = Field({}, description="a result that must be chosen: value → label")
    to: Code | None = Field(None, description="for return: this earlier step instead of the applicant")

    @model_validator(mode="before")
    @classmethod
    def plain_action(cls, given: Any) -> Any:
        return {"action": given} if isinstance(given, str) else given

    @field_validator("action")
    @classmethod
    def only_what_handlers_do(cls, action: Action) -> Action:
        if action not in HANDLER_ACTIONS:
            raise ValueError(f"{action} is not a handler's action; expected one of {', '.join(sorted(HANDLER_ACTIONS))}")
        return action

    @property
    def button(self) -> str:
        return self.label or self.action.label


class Step(Said):
    step: Code
    name: Words
    handler: tuple[Handler, ...] = Field(min_length=1)
    can: tuple[Can, ...] = Field(min_length=1)
    limit: Fact[WorkingTime]

    @model_validator(mode="before")
    @classmethod
    def one_handler(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and isinstance(given.get("handler"), Mapping):
            return {**given, "handler": [given["handler"]]}
        return given

    def allows(self, action: Action) -> Can | None:
        return next((can for can in self.can if can.action is action), None)


class Who(Said):
    kind: Literal["talent", "unit"]
    needs: Members[Requirement] = frozenset()
    open_at_once: Fact[int] = Field(Fact(value=10, assumed=True), description="so many open cases of the matter a person (T22)")


class Matter(Said):
    """A kind of application: who may start it, its form, its route."""

    code: Code
    name: Words
    prefix: str = Field(pattern=r"^[A-Z]{1,4}$", description="what a case number begins with")
    who: Who
    form: tuple[FormField, ...]
    route: tuple[Step, ...] = Field(min_length=1)
    applicant_can: Members[Literal[Action.WITHDRAW, Action.SUPPLEMENT]] = frozenset()
    resubmit: Literal["same_step", "first_step"] = "first_step"
    rated: bool = False

    def step(self, code: str) -> Step:
        """Raises ``KeyError`` for a step that the route does not have."""
        return next((step for step in self.route if step.step == code), None) or _no_step(self.code, code)

    def field(self, name: str) -> FormField | None:
        return next((field for field in self.form if field.field == name), None)


def _no_step(matter: str, code: str) -> Step:
    raise KeyError(f"{matter} has no step {code}")


class Supervision(Said):
    """Who is told how late, and when (WH-65). Working time; one digest a person a day, never at night."""

    due_soon: Fact[WorkingTime] = Field(description="so long before the deadline")
    again_after: Fact[WorkingTime] = Field(description="overdue +n: so long after the deadline the handlers are told again")
    leader_after: Fact[WorkingTime] = Field(description="so long after the deadline the leader is told")
    leader_role: Code
    digest_at: Fact[time] = Field(description="time of the day's digest, in the region's own time")
    watch_role: Code = Field(description="role that sees everything late and may remind by hand")


class Telling(Said):
    """One text. ``{placeholders}`` are the kind's params; the gateway's template has the same ones as variables."""

    text: Words
    channel: Literal["sms", "none"] = Field("sms", description="none: this turn shows on live pages only")
    sms_template: str = Field("", pattern=r"^(SMS_\d+)?$")

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(re.findall(r"\{(\w+)\}", self.text))


class Sending(Said):
    sms_sign: Words
    hours: Span = Field(description="hours of the day in which SMS may be sent; outside they wait")
    per_number_a_day: Fact[int]
    texts: dict[NotificationKind, Telling]


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


class Profile(Said):
    """One region, whole."""

    code: Code
    name: Words
    scheme: Words
    zone: str = "Asia/Shanghai"
    help_phone: Words
    login: Login
    calendar: Calendar
    card: CardRules
    districts: tuple[District, ...] = Field(min_length=1)
    roles: dict[Code, Role]
    venue_categories: tuple[VenueCategory, ...] = ()
    matters: dict[Code, Matter]
    supervision: Supervision
    sending: Sending
    content: Content

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def level_name(self, code: str) -> str:
        return next((level.name for level in self.card.levels if level.code == code), code)

    def step_name(self, matter: str, code: str) -> str:
        """Of a step that the profile no longer has, the code: a case keeps the route that it began with."""
        route = self.matters[matter].route if matter in self.matters else ()
        return next((step.name for step in route if step.step == code), code)

    def district_name(self, code: str) -> str:
        return next((district.name for district in self.districts if district.code == code), code)
