"""The green-channel catalogue: categories, services, and the slots that some services declare."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import RegionRow


class Category(RegionRow):
    code = fields.CharField(max_length=48)
    name = fields.TextField()
    icon = fields.CharField(max_length=48, default="star")
    position = fields.IntField(default=0)
    state = fields.CharField(max_length=10, default="active")
    version = fields.IntField(default=1)

    class Meta:
        table = "category"


class Service(RegionRow):
    code = fields.CharField(max_length=48)
    category_id = fields.UUIDField()
    position = fields.IntField(default=0)
    name = fields.TextField()
    icon = fields.CharField(max_length=48, default="star")
    summary = fields.TextField()
    for_whom = fields.TextField(default="")
    guide = fields.TextField()
    materials: list[str] = ArrayField("text", default=list)
    takes = fields.TextField(default="")
    levels: list[str] = ArrayField("text", default=list)
    bookable = fields.BooleanField(default=True)
    used_at = fields.CharField(max_length=48, default="")
    every_window = fields.BooleanField(default=True)
    slot_minutes = fields.IntField(null=True)
    slot_capacity = fields.IntField(null=True)
    slot_days_ahead = fields.IntField(null=True)
    state = fields.CharField(max_length=10, default="active")
    version = fields.IntField(default=1)

    class Meta:
        table = "service"

    @property
    def has_slots(self) -> bool:
        return self.slot_minutes is not None


class Slot(RegionRow):
    service_id = fields.UUIDField()
    organisation_id = fields.UUIDField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    capacity = fields.IntField()
    taken = fields.IntField(default=0)

    class Meta:
        table = "slot"
