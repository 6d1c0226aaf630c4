"""Rosters 上报名单: a batch of approved cases on its way through the stamp. Its members stand in ``roster_member``, read by SQL."""

from tortoise import fields

from config.vocabulary import Labelled
from models.base import RegionRow


class RosterState(Labelled):
    OPEN = "open", "待盖章上传"
    STAMPED = "stamped", "已上传，待提交"
    SUBMITTED = "submitted", "已汇总提交"
    VOID = "void", "已作废"


class Roster(RegionRow):
    """``digest``: over the members and their versions, as the sheet's QR says it."""

    number = fields.CharField(max_length=40)
    matter = fields.CharField(max_length=48)
    step = fields.CharField(max_length=48)
    organisation_id = fields.UUIDField()
    state = fields.CharEnumField(RosterState, max_length=10)
    digest = fields.BinaryField()
    made_by = fields.UUIDField()
    made_at = fields.DatetimeField()
    file_id = fields.UUIDField(null=True)
    stamped_at = fields.DatetimeField(null=True)
    contact = fields.TextField(default="")
    contact_sealed = fields.BinaryField(null=True)
    submitted_at = fields.DatetimeField(null=True)
    void_reason = fields.TextField(default="")
    version = fields.IntField(default=1)

    class Meta:
        table = "roster"


class Binding(RegionRow):
    """A talent and the specialist who looks after her applications (SD-04), until it ends."""

    talent_id = fields.UUIDField()
    specialist_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    bound_by = fields.UUIDField()
    bound_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "binding"
