"""Who looked at, exported or changed what. Only grows. A reason in somebody's own words is sealed, and ``told`` with the rest."""

from typing import Any

from tortoise import fields

from models.base import RegionRow
from models.reason import read_reason


class Audit(RegionRow):
    actor_id = fields.UUIDField(null=True)
    actor_name = fields.TextField()
    act = fields.CharField(max_length=48)
    subject = fields.CharField(max_length=48)
    subject_id = fields.UUIDField(null=True)
    detail: dict[str, Any] = fields.JSONField(default=dict)
    reason_sealed = fields.BinaryField(null=True)
    address = fields.TextField(default="")
    at = fields.DatetimeField()

    class Meta:
        table = "audit"

    @property
    def told(self) -> dict[str, Any]:
        reason = read_reason(self.reason_sealed, self.detail.get("reason", ""), self.region, "audit", self.id)
        return {**self.detail, "reason": reason} if reason else self.detail
