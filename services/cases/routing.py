"""Who is next: the organisation and role that a profile names for a step, computed from the case's own facts.

Conditions compare declared facts with values (equal, or one of); nothing is evaluated. Every way to pick an organisation has
one resolver below.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from config.errors import Conflict
from config.routes import Handler, Matter, OrganisationPick, Step
from config.vocabulary import OrganisationKind
from models.database import row


class NoHandler(Conflict):
    """系统没有找到办理这一步的机构，请联系管理员核对机构设置。"""

    code = "no_handler"


class NobodyBound(NoHandler):
    """还没有为申请人绑定服务专员，请单位负责人先绑定。"""

    code = "nobody_bound"


@dataclass(frozen=True)
class Facts:
    """What routing may look at. ``handled_by``: step → organisation that has handled it; ``others``: ``applicant``, ``unit`` and ``dossier``.

    ``unit`` is the applicant's, ``specialist`` the one to whom she is bound. ``resolved``: organisations that were looked up already, shared by
    cases that go on together.
    """

    region: str
    form: Mapping[str, Any]
    handled_by: Mapping[str, UUID] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    unit: UUID | None = None
    specialist: UUID | None = None
    resolved: dict[tuple[str, Any, str], UUID | None] = field(default_factory=dict, compare=False, repr=False)

    def at(self, path: str) -> Any:
        """The value at ``form.window``, ``unit.name`` …; nothing when it is not there."""
        root, *rest = path.split(".")
        value: Any = self.form if root == "form" else self.others.get(root)
        for part in rest:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True)
class Placed:
    step: Step
    organisation: UUID
    role: str
    claimed_by: UUID | None = None


async def first(matter: Matter, facts: Facts) -> Placed:
    """Where a case begins. Raises :class:`NoHandler`."""
    return await _place(matter.route, facts) or _nowhere(matter, "")


async def after(matter: Matter, step: str, facts: Facts) -> Placed | None:
    """Where a case goes on after ``step``; nothing at the end of the route."""
    names = [known.step for known in matter.route]
    return await _place(matter.route[names.index(step) + 1:], facts)


async def at(matter: Matter, step: str, facts: Facts) -> Placed:
    """Who handles this very step. Raises :class:`NoHandler`."""
    return await _place((matter.step(step),), facts) or _nowhere(matter, step)


async def _place(steps: tuple[Step, ...], facts: Facts) -> Placed | None:
    for step in steps:
        taken = branch(step, facts)
        if taken.skip:
            continue
        assert taken.organisation is not None and taken.role is not None  # the profile was validated
        if step.bound and facts.specialist is None:
            raise NobodyBound(context={"step": step.name})
        return Placed(step, await _organisation(taken.organisation, facts, step), taken.role, facts.specialist if step.bound else None)
    return None


def branch(step: Step, facts: Facts) -> Handler:
    """The branch of a step that these facts take."""
    return next(handler for handler in step.handler if _holds(handler, facts))


def _holds(handler: Handler, facts: Facts) -> bool:
    return all(facts.at(path) in wanted if isinstance(wanted, tuple) else facts.at(path) == wanted for path, wanted in handler.when.items())


async def _organisation(pick: OrganisationPick, facts: Facts, step: Step) -> UUID:
    found = await looked_up(pick, facts)
    if found is None and pick.otherwise is not None:
        found = await _by_code(pick.otherwise, facts)
    if found is None:
        way, value = pick.way
        raise NoHandler(context={"step": step.name}, extra={"way": way, "value": value})
    return found


async def looked_up(pick: OrganisationPick, facts: Facts) -> UUID | None:
    """The organisation that the pick's own way finds; nothing where at most its ``otherwise`` does."""
    way, value = pick.way
    key = (way, value, str(facts.at(value)))
    if way in OF_THE_CASE or key not in facts.resolved:
        facts.resolved[key] = await RESOLVERS[way](value, facts)
    return facts.resolved[key]


async def _by_code(code: str, facts: Facts) -> UUID | None:
    return _id(await row("SELECT id FROM organisation WHERE region = $1 AND code = $2 AND state = 'active'", facts.region, code))


async def _chosen(field_name: str, facts: Facts) -> UUID | None:
    value = facts.form.get(field_name)
    return UUID(str(value)) if value else None


async def _same_as(step: str, facts: Facts) -> UUID | None:
    return facts.handled_by.get(step)


def _of_district(kind: OrganisationKind) -> Callable[[str, Facts], Awaitable[UUID | None]]:
    async def resolve(path: str, facts: Facts) -> UUID | None:
        found = await row("SELECT id FROM organisation WHERE region = $1 AND kind = $2 AND district = $3 AND state = 'active' "
                          "ORDER BY code LIMIT 1", facts.region, kind.value, str(facts.at(path) or ""))
        return _id(found)

    return resolve


async def _standing_at(path: str, facts: Facts) -> UUID | None:
    found = await row("SELECT id FROM organisation WHERE region = $1 AND id::text = $2 AND state = 'active'", facts.region, str(facts.at(path) or ""))
    return _id(found)


async def _unit(_: str, facts: Facts) -> UUID | None:
    return facts.unit


async def _in_charge(path: str, facts: Facts) -> UUID | None:
    return _id(await row("SELECT id FROM organisation WHERE region = $1 AND $2 = ANY (in_charge_of) AND state = 'active'",
                         facts.region, str(facts.at(path) or "")))


RESOLVERS: dict[str, Callable[[str, Facts], Awaitable[UUID | None]]] = {
    "code": _by_code,
    "chosen": _chosen,
    "same_as": _same_as,
    "district_bureau_of": _of_district(OrganisationKind.DISTRICT_BUREAU),
    "talent_office_of": _of_district(OrganisationKind.TALENT_OFFICE),
    "at": _standing_at,
    "unit_of": _unit,
    "in_charge_of": _in_charge,
}


#: These read the case itself and ask nothing of the database; what the others find depends on the value that they name alone.
OF_THE_CASE = frozenset({"chosen", "same_as", "unit_of"})


def _id(found: dict[str, Any] | None) -> UUID | None:
    return None if found is None else found["id"]


def _nowhere(matter: Matter, step: str) -> Placed:
    raise NoHandler(extra={"matter": matter.code, "step": step})
