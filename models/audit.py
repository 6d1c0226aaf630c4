"""Who looked at, exported or changed what. Only grows."""

from typing import Any

from tortoise import fields

from models.base import RegionRow


class Audit(RegionRow):
    actor_id = fields.UUIDField(null=True)
    actor_name = fields.TextField()
    act = fields.CharField(max_length=48)
    subject = fields.CharField(max_length=48)
    subject_id = fields.UUIDField(null=True)
    detail: dict[str, Any] = fields.JSONField(default=dict)
    address = fields.TextField(default="")
    at = fields.DatetimeField()

    class Meta:
        table = "audit"
