"""Cases 办件: one application under way, moving along its route. Its form, and what is said in its history, are sealed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from config.vocabulary import Labelled
from models.base import RegionRow
from models.database import json_value
from models.sealed import seal, unseal


class CaseState(Labelled):
    """``HANDLING`` has a handler and a clock that runs; in ``RETURNED`` and ``HELD`` the clock stands still."""

    HANDLING = "handling", "办理中"
    RETURNED = "returned", "退回待修改"
    HELD = "held", "暂停办理"
    COMPLETED = "completed", "已办结"
    REJECTED = "rejected", "不通过"
    WITHDRAWN = "withdrawn", "已撤回"


OPEN = frozenset({CaseState.HANDLING, CaseState.RETURNED, CaseState.HELD})
CLOSED = frozenset(CaseState) - OPEN


class Case(RegionRow):
    """``version`` counts acts; ``profile_version`` is what the route is read from; ``data`` is the form as submitted, sealed;
    ``facts`` are its values that lists may know. ``plain`` is ``data`` of a case from before it was sealed (docs/operations.md), and else empty.

    ``about_id``: whom it is about, when that is not the applicant; ``unit_id``: the unit at the time; ``dossier_number``: the version submitted.
    ``due_left``: working seconds that were left when the clock stopped. ``remind_plan``: the moments of the reminder levels.
    """

    matter = fields.CharField(max_length=48)
    number = fields.CharField(max_length=32)
    subject = fields.TextField()
    applicant_id = fields.UUIDField()
    service_id = fields.UUIDField(null=True)
    slot_id = fields.UUIDField(null=True)
    about_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField(null=True)
    dossier_id = fields.UUIDField(null=True)
    dossier_number = fields.IntField(null=True)
    state = fields.CharEnumField(CaseState, max_length=10)
    held_from = fields.CharEnumField(CaseState, max_length=10, null=True)
    step = fields.CharField(max_length=48)
    handler_org = fields.UUIDField()
    handler_role = fields.CharField(max_length=48)
    organisations: list[UUID] = ArrayField("uuid", default=list)
    claimed_by = fields.UUIDField(null=True)
    step_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    due_left = fields.IntField(null=True)
    remind_at = fields.DatetimeField(null=True)
    remind_plan: list[datetime] = ArrayField("timestamptz", default=list)
    version = fields.IntField(default=1)
    profile_version = fields.IntField()
    plain: dict[str, Any] = fields.JSONField(source_field="data", default=dict)
    data_sealed = fields.BinaryField(null=True)
    facts: dict[str, Any] | None = fields.JSONField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "cases"

    @property
    def data(self) -> dict[str, Any]:
        return read_data(self.region, self.id, self.data_sealed, self.plain)


def seal_data(data: Mapping[str, Any], region: str, case: UUID) -> bytes:
    """``cases.data_sealed``."""
    return seal(data, region, "cases", "data", case)


def read_data(region: str, case: UUID, sealed: bytes | None, plain: str | Mapping[str, Any]) -> dict[str, Any]:
    """The form of a case, from ``data_sealed`` and ``data``."""
    return unseal(sealed, region, "cases", "data", case) if sealed is not None else dict(json_value(plain))


def seal_said(opinion: str, marks: Mapping[str, str], region: str, case: UUID, seq: int) -> bytes | None:
    """``case_event.said_sealed``: what somebody wrote with an act. Nothing where nothing was said."""
    said = {"opinion": opinion, "marks": dict(marks)}
    return seal(said, region, "case_event", "said", f"{case}:{seq}") if opinion or marks else None


def read_said(event: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Opinion and marks of a row of ``case_event``; of one from before they were sealed, where they stood then."""
    if event["said_sealed"] is not None:
        said = unseal(event["said_sealed"], event["region"], "case_event", "said", f"{event['case_id']}:{event['seq']}")
        return said["opinion"], said["marks"]
    return event["opinion"], json_value(event["detail"]).get("marks", {})
