"""Rosters 上报名单 as they are read: where somebody gathers cases, what waits for a list, a list's own page; and who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import NotFound, NotPermitted
from config.keys import keys
from config.routes import Matter, RosterRules, Step
from config.vocabulary import Permission
from models.database import row, rows, rows_joined_whole, rows_planned_anew
from models.roster import Roster, RosterState
from qr import roster_code
from qr.roster_code import RosterCode
from services import regions
from services.actors import Actor
from services.regions import Region

MOST_MEMBERS = 5000


@dataclass(frozen=True)
class Gathering:
    """A step at which the actor gathers cases into rosters, in one organisation."""

    matter: Matter
    step: Step
    organisation: UUID
    organisation_name: str
    role: str

    @property
    def rules(self) -> RosterRules:
        assert self.step.roster is not None  # only such steps gather
        return self.step.roster


def gatherings(region: Region, actor: Actor) -> list[Gathering]:
    """Where the actor may make rosters: by her roles and the region's routes."""
    steps = [(matter, step, handler.role) for matter in region.profile.matters.values() for step in matter.route if step.roster
             for handler in step.handler if handler.role]
    found = {(matter.code, step.step, grant.organisation_id): Gathering(matter, step, grant.organisation_id, grant.organisation_name, grant.role)
             for matter, step, role in steps for grant in actor.grants if grant.role == role}
    return list(found.values())


@dataclass(frozen=True)
class Line:
    """One case, waiting for a roster or on one."""

    id: UUID
    number: str
    person: str
    unit: str
    since: datetime
    version: int
    state: str = "handling"


#: $1 region, $2 organisation, $3 matter, $4 step, $5 role, $6 the actor, whose own applications others send on (T23), $7 how many.
_WAITING = """
SELECT c.id, c.number, a.name AS person, coalesce(u.name, '') AS unit, c.step_at AS since, c.version
FROM cases c JOIN account a ON (a.region, a.id) = (c.region, coalesce(c.about_id, c.applicant_id))
LEFT JOIN organisation u ON (u.region, u.id) = (c.region, coalesce(c.unit_id, a.unit_id))
WHERE c.region = $1 AND c.handler_org = $2 AND c.handler_role = $5 AND c.state = 'handling' AND c.matter = $3 AND c.step = $4
  AND c.applicant_id <> $6 AND c.about_id IS DISTINCT FROM $6
  AND NOT EXISTS (SELECT 1 FROM roster_member m WHERE m.region = c.region AND m.case_id = c.id AND m.live)
ORDER BY c.step_at, c.id LIMIT $7
"""


async def waiting(region: Region, actor: Actor, at: Gathering, limit: int = MOST_MEMBERS) -> list[Line]:
    """Cases that were approved, stand at this step and are on no roster, the longest waiting first."""
    found = await rows_planned_anew(_WAITING, region.code, at.organisation, at.matter.code, at.step.step, at.role, actor.account_id, limit)
    return [Line(**one) for one in found]


@dataclass(frozen=True)
class Listed:
    """One roster in the list of an office."""

    id: UUID
    number: str
    matter: str
    title: str
    state: RosterState
    made_at: datetime
    maker: str
    members: int
    void_reason: str


_LISTED = """
SELECT r.id, r.number, r.matter, r.step, r.state, r.made_at, r.void_reason, a.name AS maker,
       (SELECT count(*) FROM roster_member m WHERE m.region = r.region AND m.roster_id = r.id) AS members
FROM roster r JOIN account a ON (a.region, a.id) = (r.region, r.made_by)
WHERE r.region = $1 AND r.organisation_id = ANY ($2::uuid[]) ORDER BY r.made_at DESC LIMIT $3
"""


async def of_office(region: Region, actor: Actor, limit: int = 100) -> list[Listed]:
    """The rosters of the actor's organisations, newest first."""
    places = list({at.organisation for at in gatherings(region, actor)})
    return [Listed(one["id"], one["number"], one["matter"], _title(region, one["matter"], one["step"]), RosterState(one["state"]), one["made_at"],
                   one["maker"], one["members"], one["void_reason"]) for one in await rows(_LISTED, region.code, places, limit)]


@dataclass(frozen=True)
class Standing:
    """The list on which a case stands."""

    id: UUID
    number: str
    state: RosterState


async def standing_of(region: Region, case_id: UUID) -> Standing | None:
    """Nothing while the case still waits for a list."""
    found = await row("SELECT r.id, r.number, r.state FROM roster_member m JOIN roster r ON (r.region, r.id) = (m.region, m.roster_id) "
                      "WHERE m.region = $1 AND m.case_id = $2 AND m.live", region.code, case_id)
    return Standing(found["id"], found["number"], RosterState(found["state"])) if found else None


def _title(region: Region, matter: str, step: str) -> str:
    """Of a step that the profile no longer has, the matter's code."""
    route = region.profile.matters[matter].route if matter in region.profile.matters else ()
    return next((one.roster.title for one in route if one.step == step and one.roster), matter)


@dataclass(frozen=True)
class Opened:
    """A roster's page. ``may_act``: whether the reader is of the office that makes it. ``contact_phone``: whole, for the paper."""

    roster: Roster
    rules: RosterRules
    matter: Matter
    organisation: str
    maker: str
    members: Sequence[Line]
    may_act: bool
    contact_phone: str
    code: str

    @property
    def check(self) -> str:
        return roster_code.check_letters(self.code)

    @property
    def needs_contact(self) -> bool:
        return self.rules.contact and not (self.roster.contact and self.contact_phone)


async def open_roster(region: Region, actor: Actor, roster_id: UUID) -> Opened:
    """Raises :class:`NotFound` for one that is not there, and for one that the actor may not see (T01)."""
    roster = await Roster.find(region.code, roster_id)
    if not await _may_see(region, actor, roster):
        raise NotFound
    kept = await kept_of(region, roster)
    rules = kept.matter(roster.matter).step(roster.step).roster
    assert rules is not None  # the members began under a profile that has it
    named = await row("SELECT o.name, a.name AS maker FROM organisation o JOIN account a ON a.region = o.region AND a.id = $3 "
                      "WHERE o.region = $1 AND o.id = $2", region.code, roster.organisation_id, roster.made_by)
    assert named is not None  # foreign keys say so
    return Opened(roster, rules, kept.matter(roster.matter), named["name"], named["maker"], await _members(region, roster),
                  acts_for(kept, actor, roster), contact_phone(roster), code_of(roster))


async def kept_of(region: Region, roster: Roster) -> Region:
    """The region under the newest profile that a member began with: whose table the sheet is."""
    found = await row("SELECT max(profile_version) AS version FROM cases WHERE region = $1 AND id = ANY (ARRAY("
                      "SELECT case_id FROM roster_member WHERE region = $1 AND roster_id = $2))", region.code, roster.id)
    return await regions.at(region.code, found["version"]) if found and found["version"] else region


#: Picked out table by table, as in ``roster_sheet``.
_MEMBERS = """
WITH m AS MATERIALIZED (SELECT case_id, position FROM roster_member WHERE region = $1 AND roster_id = $2),
c AS MATERIALIZED (SELECT * FROM cases WHERE region = $1 AND id = ANY (ARRAY(SELECT case_id FROM m))),
a AS MATERIALIZED (SELECT * FROM account WHERE region = $1 AND id = ANY (ARRAY(SELECT coalesce(about_id, applicant_id) FROM c))),
u AS MATERIALIZED (SELECT * FROM organisation WHERE region = $1 AND id = ANY (ARRAY(SELECT unit_id FROM c UNION SELECT unit_id FROM a)))
SELECT c.id, c.number, a.name AS person, coalesce(u.name, '') AS unit, c.step_at AS since, c.version, c.state
FROM m JOIN c ON c.id = m.case_id
JOIN a ON a.id = coalesce(c.about_id, c.applicant_id)
LEFT JOIN u ON u.id = coalesce(c.unit_id, a.unit_id)
ORDER BY m.position
"""


async def _members(region: Region, roster: Roster) -> list[Line]:
    return [Line(**one) for one in await rows_joined_whole(_MEMBERS, region.code, roster.id)]


def code_of(roster: Roster) -> str:
    """What the QR on its sheet says."""
    return roster_code.encode(keys(), roster.region, RosterCode(UUID(str(roster.id)), bytes(roster.digest)[:roster_code.DIGEST_BYTES]))


def contact_phone(roster: Roster) -> str:
    if roster.contact_sealed is None:
        return ""
    return keys().unseal(bytes(roster.contact_sealed), roster.region, "roster", "contact", str(roster.id))


def acts_for(region: Region, actor: Actor, roster: Roster) -> bool:
    """Whether the actor has the step's role in the roster's organisation."""
    step = region.matter(roster.matter).step(roster.step)
    return any(handler.role and actor.has_role(roster.organisation_id, handler.role) for handler in step.handler)


#: $3 the actor's organisations: staff to whom the members went see the stamped list; a unit sees none that names people of others.
_RECEIVED = """
SELECT 1 FROM roster_member m JOIN cases c ON (c.region, c.id) = (m.region, m.case_id)
WHERE m.region = $1 AND m.roster_id = $2 AND c.organisations && $3::uuid[] LIMIT 1
"""


async def _may_see(region: Region, actor: Actor, roster: Roster) -> bool:
    if acts_for(await kept_of(region, roster), actor, roster) or actor.may(Permission.QUERY_REGION, region.profile):
        return True
    received = actor.is_staff and roster.state is RosterState.SUBMITTED
    return received and await row(_RECEIVED, region.code, roster.id, actor.organisations) is not None


async def own(region: Region, actor: Actor, roster_id: UUID) -> Roster:
    """A roster that the actor works on. Raises :class:`NotFound`, :class:`NotPermitted` for who may only read it."""
    roster = await Roster.find(region.code, roster_id)
    if acts_for(await kept_of(region, roster), actor, roster):
        return roster
    if await _may_see(region, actor, roster):
        raise NotPermitted
    raise NotFound
