"""Parts of a route that no case will ever reach, and conditions that no case can meet: well-formed, and certainly not what was meant."""

from collections.abc import Iterator

from config.paths import declares, field_at
from config.profile import Profile
from config.references import Found, Loc
from config.routes import Handler, Matter, OrganisationPick, Step
from config.vocabulary import Action, FieldType

#: What leads on to the next step; a roster does so without a button.
ONWARD = frozenset({Action.APPROVE, Action.BIND})
#: What stands at the path by which an organisation is found.
POINTING = {
    "district_bureau_of": frozenset({FieldType.DISTRICT}),
    "talent_office_of": frozenset({FieldType.DISTRICT}),
    "in_charge_of": frozenset({FieldType.HONOUR, FieldType.CHOICE, FieldType.TEXT}),  # what an organisation's in_charge_of may list
    "at": frozenset({FieldType.ORGANISATION, FieldType.UNIT}),
}


def dead_ends(profile: Profile) -> Iterator[Found]:
    """Mistakes that only show when one walks the routes."""
    for code, matter in profile.matters.items():
        for number, step in enumerate(matter.route):
            here: Loc = ("matters", code, "route", number)
            yield from _branches(here, step)
            yield from _following(here, matter, number, step)
            for index, handler in enumerate(step.handler):
                yield from _conditions((*here, "handler", index, "when"), profile, matter, handler)
                if handler.organisation:
                    yield from _pointing((*here, "handler", index, "organisation"), profile, matter, handler.organisation)


def is_skippable(step: Step) -> bool:
    return any(handler.skip for handler in step.handler)


def _branches(here: Loc, step: Step) -> Iterator[Found]:
    if all(handler.skip for handler in step.handler):
        yield Found((*here, "handler"), "a branch with an organisation and a role; this step is always skipped")
        return
    for number, handler in enumerate(step.handler):
        if (first := next((earlier for earlier in range(number) if _covers(step.handler[earlier], handler)), None)) is not None:
            yield Found((*here, "handler", number), f"a case that handler[{first}] does not take already; this branch is never reached")


def _covers(earlier: Handler, later: Handler) -> bool:
    """Whether every case that meets the conditions of ``later`` meets those of ``earlier``."""
    return all(path in later.when and _values(later, path) <= _values(earlier, path) for path in earlier.when)


def _values(handler: Handler, path: str) -> frozenset[str | bool | int]:
    wanted = handler.when[path]
    return frozenset(wanted if isinstance(wanted, tuple) else (wanted,))


def _following(here: Loc, matter: Matter, number: int, step: Step) -> Iterator[Found]:
    offered, following = {can.action for can in step.can}, matter.route[number + 1:]
    ends_always = Action.COMPLETE in offered and not offered & ONWARD and step.roster is None and not is_skippable(step)
    if ends_always and following:
        names = ", ".join(later.step for later in following)
        yield Found((*here, "can"), f"approve; where every case is completed here, the steps after it ({names}) are never reached")


def _conditions(here: Loc, profile: Profile, matter: Matter, handler: Handler) -> Iterator[Found]:
    for path, wanted in handler.when.items():
        field = field_at(profile, matter, path)
        possible = _possible(profile, field.type, field.options) if field else None
        if possible is not None and (never := [value for value in (wanted if isinstance(wanted, tuple) else (wanted,)) if value not in possible]):
            yield Found((*here, path), f"one of {_shown(possible)}; it is never {_shown(never)}", declares(matter, path))


def _possible(profile: Profile, kind: FieldType, options: dict[str, str]) -> list[str | bool | int] | None:
    """Values that a field of this type can have, where they are known."""
    if kind is FieldType.YES_NO:
        return [True, False]
    if kind is FieldType.CHOICE:
        return list(options)
    return [district.code for district in profile.districts] if kind is FieldType.DISTRICT else None


def _shown(values: list[str | bool | int]) -> str:
    return ", ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _pointing(here: Loc, profile: Profile, matter: Matter, pick: OrganisationPick) -> Iterator[Found]:
    way, path = pick.way
    field = field_at(profile, matter, path)
    if field and way in POINTING and field.type not in POINTING[way]:
        yield Found((*here, way), f"a field of the type {' or '.join(sorted(POINTING[way]))}, not {field.type}", declares(matter, path))
