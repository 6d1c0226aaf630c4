"""Matters and their routes: who may start one, who handles each step, what can be done there, and what the end does."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from config.forms import FormField
from config.said import Code, Fact, Members, Said, Words, WorkingTime
from config.vocabulary import Action, Effect, Requirement


class OrganisationPick(Said):
    """Exactly one way to find the organisation that handles a step; and who handles it where that way finds none."""

    code: Code | None = Field(None, description="this one")
    chosen: Code | None = Field(None, description="the one chosen in this field of the form")
    same_as: Code | None = Field(None, description="the one that handled this earlier step")
    district_bureau_of: str | None = Field(None, description="bureau of the district that stands at this path")
    talent_office_of: str | None = Field(None, description="talent office of the district that stands at this path")
    at: str | None = Field(None, description="the organisation that stands at this path")
    unit_of: Literal["applicant"] | None = Field(None, description="the applicant's unit")
    in_charge_of: str | None = Field(None, description="department in charge of the honour that stands at this path")
    otherwise: Code | None = Field(None, description="this one where what stands at the path leads to none, e.g. a title that nobody is in charge of")

    @model_validator(mode="before")
    @classmethod
    def plain_code(cls, given: Any) -> Any:
        return {"code": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def exactly_one(self) -> Self:
        ways = [name for name in type(self).model_fields if name != "otherwise"]
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise ValueError(f"expected exactly one of {', '.join(ways)}")
        if self.otherwise and not self.is_looked_up:
            raise ValueError("otherwise belongs to a way that may find none: district_bureau_of, talent_office_of, in_charge_of or at")
        return self

    @property
    def is_looked_up(self) -> bool:
        """Whether it depends on what somebody filled in, so that there may be no such organisation."""
        return self.way[0] in {"district_bureau_of", "talent_office_of", "in_charge_of", "at"}

    @property
    def way(self) -> tuple[str, str]:
        """The one that is said: its name and its value."""
        return next((name, value) for name, value in self if value is not None and name != "otherwise")


class Handler(Said):
    """One branch: taken when every condition of ``when`` holds (equal, or one of). The first that holds wins."""

    when: dict[str, str | bool | int | tuple[str, ...]] = Field({}, description="path → value, or one of several values")
    organisation: OrganisationPick | None = None
    role: Code | None = None
    skip: bool = False

    @model_validator(mode="after")
    def skip_or_handle(self) -> Self:
        if self.skip == bool(self.organisation and self.role):
            raise ValueError("expected either skip: true, or an organisation and a role")
        return self


#: What a step may offer its handler; the rest of the vocabulary belongs to applicants and to the system.
HANDLER_ACTIONS = frozenset({Action.APPROVE, Action.RETURN, Action.REJECT, Action.TRANSFER, Action.COMPLETE, Action.SUPPLEMENT, Action.BIND,
                             Action.CONFIRM_PAPER})


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


class Column(Said):
    """A column of a roster. ``path``: ``case.…``, ``applicant.…``, ``form.…``, ``dossier.…``, ``unit.…``, ``card.…`` or ``specialist.…``."""

    path: str = Field(pattern=r"^(case|applicant|form|dossier|unit|card|specialist)(\.\w+)+$")
    label: Words


class RosterRules(Said):
    """The sheet that is exported, stamped, uploaded and sent on: its title, its columns, and where the stamp goes."""

    title: Words
    columns: tuple[Column, ...] = Field(min_length=1)
    stamp: Words = "单位（盖章）："
    contact: bool = Field(False, description="contact and telephone must be given with it (SD-12)")


class Step(Said):
    step: Code
    name: Words
    handler: tuple[Handler, ...] = Field(min_length=1)
    can: tuple[Can, ...] = Field(min_length=1)
    limit: Fact[WorkingTime]
    bound: bool = Field(False, description="only the specialist to whom the person is bound (SD-05)")
    columns: tuple[Column, ...] = Field((), description="what the list of those who wait here says of each, beside the name (BZ-11); numbers masked")
    roster: RosterRules | None = Field(None, description="what is approved here waits, is stamped as a list and goes on together (BZ-12)")

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
    role: Code | None = Field(None, description="for a unit: only who has this role in it")
    about: bool = Field(False, description="about a person of the unit, who is chosen first (SD-10)")
    needs: Members[Requirement] = frozenset()
    open_at_once: Fact[int] = Field(Fact(value=10, assumed=True), description="so many open cases of the matter a person (T22)")

    @property
    def dossier(self) -> str:
        """Whose sections go along: ``talent`` or ``unit``."""
        return "talent" if self.about else self.kind


class BadRating(Said):
    """What begins by itself: somebody rates a booking or a visit so low that the office owes her an answer."""

    stars: Fact[int] = Field(Fact(value=2, assumed=True), description="a rating of so many stars or fewer begins it")


class Matter(Said):
    """A kind of application: who may start it, its form, its route."""

    code: Code
    name: Words
    prefix: str = Field(pattern=r"^[A-Z]{1,4}$", description="what a case number begins with")
    who: Who
    form: tuple[FormField, ...] = ()
    sections: tuple[Code, ...] = Field((), description="sections of the dossier that go along")
    content: Literal["draft", "admitted"] = Field("draft", description="the sections as they stand, or as they were admitted (WH-30)")
    route: tuple[Step, ...] = Field(min_length=1)
    applicant_can: Members[Literal[Action.WITHDRAW, Action.SUPPLEMENT]] = frozenset()
    resubmit: Literal["same_step", "first_step"] = "first_step"
    rated: bool = False
    until_reviewed: bool = Field(False, description="the applicant may change or withdraw it until the first step has acted, then only "
                                                    "when it is returned (DZ-08)")
    effect: Effect | None = Field(None, description="what follows when the route has come to its end")
    begun_by: BadRating | None = Field(None, description="nobody applies for it: a bad rating begins it, and what the office says on the way stays "
                                                         "there; whoever rated reads only what is supplemented for her")

    @property
    def is_internal(self) -> bool:
        """Whether it is the office's own: the applicant neither sees nor moves it."""
        return self.begun_by is not None

    @property
    def is_applied_for(self) -> bool:
        """Whether it begins by filling in its form; a rating begins what is internal, and who wants to leave asks on the page of her data."""
        return not self.is_internal and self.effect is not Effect.CLOSE_ACCOUNT

    @property
    def most_open(self) -> int:
        """So many open cases a person (T22); what begins by itself is never refused."""
        return 1_000_000 if self.is_internal else self.who.open_at_once.value

    @cached_property
    def looks_around(self) -> bool:
        """Whether its routing reads more than the form: the applicant, her unit, a dossier."""
        handlers = [handler for step in self.route for handler in step.handler]
        paths = [path for handler in handlers for path in handler.when]
        picks = [handler.organisation.way for handler in handlers if handler.organisation]
        paths += [value for way, value in picks if way in {"district_bureau_of", "talent_office_of", "in_charge_of", "at"}]
        by_unit = any(way == "unit_of" for way, _ in picks) or any(step.bound for step in self.route)
        return by_unit or any(not path.startswith("form.") for path in paths)

    def step(self, code: str) -> Step:
        """Raises ``KeyError`` for a step that the route does not have."""
        return next((step for step in self.route if step.step == code), None) or _no_step(self.code, code)

    def field(self, name: str) -> FormField | None:
        return next((field for field in self.form if field.field == name), None)


def _no_step(matter: str, code: str) -> Step:
    raise KeyError(f"{matter} has no step {code}")
