"""What every part of a profile is made of: values that know whether they were assumed, working time, spans of a day."""

import re
from collections.abc import Mapping
from datetime import time
from itertools import pairwise
from typing import Annotated, Any, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

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
