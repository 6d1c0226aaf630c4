"""A route walked on paper: the steps that a case with these facts goes through, and which office of the first filling handles each."""

from collections.abc import Iterator
from typing import Any

from config.profile import Profile
from config.routes import OrganisationPick
from config.vocabulary import OrganisationKind
from services.cases.routing import Facts, branch

#: Who handles a step that is the applicant's own unit's.
UNIT = "所在单位"
OFFICES = {"district_bureau_of": OrganisationKind.DISTRICT_BUREAU, "talent_office_of": OrganisationKind.TALENT_OFFICE}


def walked(profile: Profile, matter: str, **known: Any) -> list[str]:
    """Names of those who handle it, in their order. ``known``: ``form``, ``unit``, ``dossier`` and ``applicant`` as routing knows them; offices
    are chosen by their codes, the applicant's unit as :data:`UNIT`."""
    facts = Facts(profile.code, known.pop("form", {}), others=known)
    return list(_handlers(profile, matter, facts))


def _handlers(profile: Profile, matter: str, facts: Facts) -> Iterator[str]:
    handled: dict[str, str] = {}
    for step in profile.matters[matter].route:
        taken = branch(step, facts)
        if taken.organisation is not None:
            way, value = taken.organisation.way
            handled[step.step] = handled[value] if way == "same_as" else _name(profile, taken.organisation, facts)
            yield handled[step.step]


def _name(profile: Profile, pick: OrganisationPick, facts: Facts) -> str:
    way, value = pick.way
    wanted = value if way == "code" else facts.at(f"form.{value}" if way == "chosen" else value)
    if way == "unit_of" or wanted == UNIT:
        return UNIT
    found = [one for one in profile.content.organisations
             if (way in {"code", "chosen", "at"} and one.code == wanted) or (way == "in_charge_of" and wanted in one.in_charge_of)
             or (way in OFFICES and one.kind is OFFICES[way] and one.district == wanted)]
    assert len(found) == 1, f"{way} {value}: {len(found)} organisations"
    return found[0].name
