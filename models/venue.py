"""Venues 服务场所, their boards 引导图, and what each card level may use there."""

from tortoise import fields

from models.base import RegionRow


class Venue(RegionRow):
    serial = fields.BigIntField(generated=False, null=False)
    code = fields.CharField(max_length=48)
    name = fields.TextField()
    category = fields.CharField(max_length=48)
    operator_id = fields.UUIDField(null=True)
    address = fields.TextField()
    phone = fields.TextField(default="")
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    state = fields.CharField(max_length=10, default="open")
    link_version = fields.IntField(default=1)
    version = fields.IntField(default=1)

    class Meta:
        table = "venue"


class Board(RegionRow):
    """A guide board with its own code; a revoked one refuses every scan from that moment on."""

    serial = fields.BigIntField()
    venue_id = fields.UUIDField()
    place = fields.TextField(default="")
    issued_at = fields.DatetimeField()
    issued_by = fields.UUIDField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.UUIDField(null=True)
    reason = fields.TextField(default="")

    class Meta:
        table = "board"


class Benefit(RegionRow):
    """Venue category × card level: how often a year (none: without limit) and with how many companions."""

    category = fields.CharField(max_length=48)
    level = fields.CharField(max_length=48)
    yearly = fields.IntField(null=True)
    companions = fields.IntField(default=0)
    version = fields.IntField(default=1)

    class Meta:
        table = "benefit"
