"""What is allowed in a profile and still deserves a second look before people depend on it. Nothing here refuses to load."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from config.dead_ends import is_skippable
from config.loading import Mistake, read_with_places
from config.paths import field_at
from config.profile import Profile
from config.references import Found, Loc
from config.routes import Matter, OrganisationPick, Step
from config.said import Limit
from config.vocabulary import Action, FieldType, OrganisationKind, Permission

#: Working days in a quarter: thirteen weeks. A step that may take longer is nearly always a slip of the pen.
QUARTER = 13 * 5
OFFICES = {"district_bureau_of": OrganisationKind.DISTRICT_BUREAU, "talent_office_of": OrganisationKind.TALENT_OFFICE}


def warnings_of(folder: Path) -> list[Mistake]:
    """Advice on the profile in ``folder``, with the places where it was written. Raises :class:`config.loading.WrongProfile`."""
    profile, source = read_with_places(folder)
    found = [source.mistake(one.loc, one.expected) for one in advice(profile)]
    return sorted(found, key=lambda one: (one.file, one.line, one.path))


def advice(profile: Profile) -> Iterator[Found]:
    """Warnings of a profile without mistakes."""
    for matter in profile.matters.values():
        if not matter.is_internal:
            yield from _ways_back(matter)
        for number, step in enumerate(matter.route):
            yield from _limit(("matters", matter.code, "route", number, "limit"), profile, step)
            for index, handler in enumerate(step.handler):
                if handler.organisation:
                    yield from _found((*_at(matter, number), "handler", index, "organisation"), profile, matter, handler.organisation)
        yield from _choices(profile, matter)
    yield from _roles(profile)
    yield from _templates(profile)


def _at(matter: Matter, number: int) -> Loc:
    return ("matters", matter.code, "route", number)


def _ways_back(matter: Matter) -> Iterator[Found]:
    """From each step something must lead back to the applicant, if need be by way of an earlier step.

    A step says that there is nothing to judge, and so nothing to send back, by ``reject`` or by ``opinion: none`` beside all of its acts.
    """
    comes_back: set[str] = set()
    for number, step in enumerate(matter.route):
        back = step.allows(Action.RETURN)
        if back and (back.to is None or back.to in comes_back):
            comes_back.add(step.step)
        elif back:
            yield Found((*_at(matter, number), "can"), f"a way back to the applicant; from {back.to}, where this step returns to, there is none")
        elif not step.allows(Action.REJECT) and any(can.opinion != "none" for can in step.can):
            yield Found((*_at(matter, number), "can"), "return; what is found wrong here cannot be sent back (or: opinion: none beside every act)")


def _limit(here: Loc, profile: Profile, step: Step) -> Iterator[Found]:
    limit, soon = step.limit.value, profile.supervision.due_soon.value
    if _minutes(profile, limit) > QUARTER * _day(profile):
        yield Found(here, f"less than a quarter ({QUARTER} working days); {limit} is longer")
    if _minutes(profile, limit) <= _minutes(profile, soon):
        yield Found(here, f"more than supervision.due_soon ({soon}); else every case is «due soon» from the beginning")


def _day(profile: Profile) -> float:
    """Working minutes of one day."""
    spans = profile.calendar.hours
    return sum((span.closes.hour - span.opens.hour) * 60 + span.closes.minute - span.opens.minute for span in spans)


def _minutes(profile: Profile, limit: Limit) -> float:
    return limit.amount * (_day(profile) if limit.unit == "days" else 60)


def _found(here: Loc, profile: Profile, matter: Matter, pick: OrganisationPick) -> Iterator[Found]:
    """Ways to find an organisation that may find none."""
    way, value = pick.way
    if way == "same_as" and is_skippable(matter.step(value)):
        yield Found((*here, way), f"a step that every case goes through; {value} may be skipped, and then there is no such organisation")
    if way == "chosen" and (field := matter.field(value)) and not field.required:
        yield Found((*here, way), f"a required field; where {value} is left empty, no organisation is found")
    if pick.otherwise:
        return
    if way in OFFICES and (missing := _districts_without(profile, OFFICES[way])):
        yield Found((*here, way), f"an organisation of the kind {OFFICES[way]} for every district; there is none for {', '.join(missing)}")
    if way == "in_charge_of" and (typed := field_at(profile, matter, value)) and typed.type in {FieldType.HONOUR, FieldType.TEXT}:
        yield Found((*here, way), "otherwise: the code of an organisation; a title that is typed may be one that nobody is in charge of")
    elif way == "in_charge_of" and (untended := _titles_without(profile, matter, value)):
        yield Found((*here, way), f"an organisation in_charge_of every title; nobody is in charge of {'、'.join(untended)}")


def _districts_without(profile: Profile, kind: OrganisationKind) -> list[str]:
    served = {organisation.district for organisation in profile.content.organisations if organisation.kind is kind}
    return [district.code for district in profile.districts if district.code not in served]


def _titles_without(profile: Profile, matter: Matter, path: str) -> list[str]:
    field = field_at(profile, matter, path)
    titles: list[str] = []
    if field and field.type is FieldType.HONOUR:
        titles = [honour.title for honour in profile.honours]
    elif field and field.type is FieldType.CHOICE:
        titles = list(field.options)
    tended = {title for organisation in profile.content.organisations for title in organisation.in_charge_of}
    return [title for title in titles if title not in tended]


def _choices(profile: Profile, matter: Matter) -> Iterator[Found]:
    kinds = {organisation.kind for organisation in profile.content.organisations}
    for number, field in enumerate(matter.form):
        if field.type is FieldType.ORGANISATION and field.kinds and not kinds & set(field.kinds):
            yield Found(("matters", matter.code, "form", number, "kinds"), "kinds of organisations that the content has; there is nothing to choose")


def _roles(profile: Profile) -> Iterator[Found]:
    """A role is held by whom a registration or somebody with ``manage_accounts`` gave it; it is of use when a route or a permission needs it."""
    if not any(Permission.MANAGE_ACCOUNTS in role.can for role in profile.roles.values()):
        yield Found(("roles",), "a role that can manage_accounts; without it nobody can give anybody a role")
    given = {registering.role for registering in profile.registration.values()}
    for matter, (number, step) in _steps(profile):
        for index, handler in enumerate(step.handler):
            if handler.organisation and handler.organisation.unit_of and handler.role not in given:
                yield Found((*_at(matter, number), "handler", index, "role"),
                            f"a role that a registration gives in the unit; {handler.role} is held by nobody until it is granted unit by unit")
    for code in profile.roles.keys() - _roles_of_use(profile, given):
        yield Found(("roles", code), "a role that a route, a registration or supervision names; who holds this one has nothing to do")


def _steps(profile: Profile) -> Iterator[tuple[Matter, tuple[int, Step]]]:
    for matter in profile.matters.values():
        yield from product([matter], enumerate(matter.route))


def _roles_of_use(profile: Profile, given: set[str | None]) -> set[str]:
    routes = {handler.role for _, (_, step) in _steps(profile) for handler in step.handler}
    applicants = {matter.who.role for matter in profile.matters.values()}
    able = {code for code, role in profile.roles.items() if role.can - {Permission.HANDLE_CASES, Permission.QUERY_OWN}}
    return {code for code in routes | applicants | given if code} | able | {profile.supervision.leader_role, profile.supervision.watch_role}


def _templates(profile: Profile) -> Iterator[Found]:
    """A text with the channel ``sms`` and no template is refused by the gateway each time."""
    for kind, telling in profile.sending.texts.items():
        if telling.channel == "sms" and not telling.sms_template:
            yield Found(("sending", "texts", kind.value), "sms_template with the number of the approved template (or: channel: none)")
