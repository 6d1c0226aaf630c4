"""Cases 办件: one application under way, moving along its route."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from config.vocabulary import Labelled
from models.base import RegionRow


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
    """``version`` counts acts; ``profile_version`` is what the route is read from; ``data`` is the form as submitted.

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
    data: dict[str, Any] = fields.JSONField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "cases"
