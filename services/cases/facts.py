"""What routing may know of an applicant beside the form: her unit, whom she is bound to, and the facts of the dossiers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from config.routes import Matter
from models.case import Case
from models.database import json_value, row, rows
from services.cases.routing import Facts

#: $1 region, $2 the person whom it is about, $3 the unit, $4 and $5 the dossier and its version.
_AROUND = """
SELECT a.name AS person, o.name, o.code, o.district, u.facts AS unit_facts, b.specialist_id, p.facts
FROM account a
LEFT JOIN organisation o ON o.region = a.region AND o.id = $3
LEFT JOIN dossier d ON d.region = a.region AND d.organisation_id = o.id
LEFT JOIN dossier_version u ON u.region = d.region AND u.dossier_id = d.id AND u.number = d.admitted
LEFT JOIN binding b ON b.region = a.region AND b.talent_id = a.id AND b.ended_at IS NULL
LEFT JOIN dossier_version p ON p.region = a.region AND p.dossier_id = $4 AND p.number = $5
WHERE a.region = $1 AND a.id = $2
"""


async def around(region: str, matter: Matter, form: Mapping[str, Any], *, person: UUID, unit: UUID | None, dossier: UUID | None, number: int | None,
                 handled_by: Mapping[str, UUID] | None = None) -> Facts:
    """The facts of one case; asks nothing of the database when the matter looks at its form alone."""
    if not matter.looks_around:
        return Facts(region, form, handled_by or {})
    found = await row(_AROUND, region, person, unit, dossier, number)
    assert found is not None  # a foreign key says so
    return Facts(region, form, handled_by or {}, _others(found), unit, found["specialist_id"])


def _others(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "applicant": {"name": found["person"], "bound": found["specialist_id"] is not None},
        "unit": {"name": found["name"], "code": found["code"], "district": found["district"], **(json_value(found["unit_facts"]) or {})},
        "dossier": json_value(found["facts"]) or {},
    }


_AROUND_EACH = """
SELECT c.id, a.name AS person, o.name, o.code, o.district, u.facts AS unit_facts, b.specialist_id, p.facts
FROM cases c
JOIN account a ON (a.region, a.id) = (c.region, coalesce(c.about_id, c.applicant_id))
LEFT JOIN organisation o ON (o.region, o.id) = (c.region, c.unit_id)
LEFT JOIN dossier d ON (d.region, d.organisation_id) = (o.region, o.id)
LEFT JOIN dossier_version u ON (u.region, u.dossier_id, u.number) = (d.region, d.id, d.admitted)
LEFT JOIN binding b ON (b.region, b.talent_id) = (a.region, a.id) AND b.ended_at IS NULL
LEFT JOIN dossier_version p ON (p.region, p.dossier_id, p.number) = (c.region, c.dossier_id, c.dossier_number)
WHERE c.region = $1 AND c.id = ANY ($2::uuid[])
"""
#: So many cases are asked for at once.
PIECE = 500


async def of_cases(region: str, matters: Sequence[Matter], cases: Sequence[Case]) -> dict[UUID, Facts]:
    """:func:`of_case` of many, each with its matter; in a few statements, with one memory of what routing looks up."""
    resolved: dict[tuple[str, Any, str], UUID | None] = {}
    known: dict[UUID, Facts] = {}
    for start in range(0, len(cases), PIECE):
        piece, ids = cases[start:start + PIECE], [case.id for case in cases[start:start + PIECE]]
        handled: dict[UUID, dict[str, UUID]] = {case.id: {} for case in piece}
        for event in await rows("SELECT case_id, from_step, organisation_id FROM case_event WHERE region = $1 AND case_id = ANY ($2::uuid[]) "
                                "AND organisation_id IS NOT NULL ORDER BY case_id, seq", region, ids):
            handled[event["case_id"]][event["from_step"]] = event["organisation_id"]
        asked = any(matter.looks_around for matter in matters[start:start + PIECE])
        around_each = {one["id"]: one for one in await rows(_AROUND_EACH, region, ids)} if asked else {}
        for case, matter in zip(piece, matters[start:start + PIECE], strict=True):
            by = handled[case.id] | {case.step: case.handler_org}
            found = around_each[case.id] if matter.looks_around else None
            known[case.id] = Facts(region, case.data, by, resolved=resolved) if found is None else Facts(
                region, case.data, by, _others(found), case.unit_id, found["specialist_id"], resolved)
    return known


async def of_case(matter: Matter, case: Case, form: Mapping[str, Any], number: int | None) -> Facts:
    """As it stands now; ``number``: the version of the dossier that an answer brings, else the case's own."""
    return await around(case.region, matter, form, person=case.about_id or case.applicant_id, unit=case.unit_id, dossier=case.dossier_id,
                        number=number or case.dossier_number, handled_by=await _handled_by(case))


async def _handled_by(case: Case) -> dict[str, UUID]:
    """Which organisation handled which step last."""
    found = await rows("SELECT from_step, organisation_id FROM case_event WHERE region = $1 AND case_id = $2 AND organisation_id IS NOT NULL "
                       "ORDER BY seq", case.region, case.id)
    return {event["from_step"]: event["organisation_id"] for event in found} | {case.step: case.handler_org}
