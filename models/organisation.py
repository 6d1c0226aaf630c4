"""Organisations 机构 and their opening hours."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from config.vocabulary import OrganisationKind
from models.base import RegionRow


class Organisation(RegionRow):
    """``provisional``: a unit that registered and is not admitted yet; ``unit_code``: its unified social credit code."""

    code = fields.CharField(max_length=48)
    name = fields.TextField()
    kind = fields.CharEnumField(OrganisationKind, max_length=20)
    parent_id = fields.UUIDField(null=True)
    district = fields.CharField(max_length=48, null=True)
    contact = fields.TextField()
    phone = fields.TextField()
    address = fields.TextField()
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    in_charge_of: list[str] = ArrayField("text", default=list)
    state = fields.CharField(max_length=10, default="active")
    unit_code = fields.CharField(max_length=18, null=True)
    provisional = fields.BooleanField(default=False)
    version = fields.IntField(default=1)

    class Meta:
        table = "organisation"


class Opening(RegionRow):
    """One span of a weekday (1 Monday … 7) at a window or a venue: minutes since midnight, 1440 is the end of the day."""

    organisation_id = fields.UUIDField(null=True)
    venue_id = fields.UUIDField(null=True)
    weekday = fields.SmallIntField()
    opens = fields.SmallIntField()
    closes = fields.SmallIntField()

    class Meta:
        table = "opening"


class ClosedDay(RegionRow):
    organisation_id = fields.UUIDField(null=True)
    venue_id = fields.UUIDField(null=True)
    day = fields.DateField()
    reason = fields.TextField()

    class Meta:
        table = "closed_day"
