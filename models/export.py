"""Exports 导出: a list that somebody asked to have as a file, written by the worker, hers alone, gone after a day."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from config.keys import keys
from config.vocabulary import Labelled
from models.base import RegionRow


class ExportState(Labelled):
    ASKED = "asked", "等待批准"
    DECLINED = "declined", "没有批准"
    WAITING = "waiting", "排队中"
    WORKING = "working", "正在生成"
    DONE = "done", "可以下载"
    FAILED = "failed", "没有生成"
    EXPIRED = "expired", "已过期"


class Export(RegionRow):
    """``subject_id``: what it is of, where that is one thing. ``scope``: the owner's roles when it was written. ``reason``: why it failed, or
    was not approved. ``guarded``: written only after somebody else approved it, knowing what it is for (T30, T40); ``heard_at``: when its owner saw
    what was decided."""

    owner_id = fields.UUIDField()
    kind = fields.CharField(max_length=20)
    subject_id = fields.UUIDField(null=True)
    question_sealed = fields.BinaryField()
    state = fields.CharEnumField(ExportState, max_length=10, default=ExportState.WAITING)
    done_rows = fields.IntField(default=0)
    total_rows = fields.IntField()
    scope: list[str] = ArrayField("text", default=list)
    reason = fields.TextField(default="")
    file_id = fields.UUIDField(null=True)
    guarded = fields.BooleanField(default=False)
    purpose_sealed = fields.BinaryField(null=True)
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    heard_at = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    lease = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    made_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "export"

    @property
    def purpose(self) -> str:
        """What it was asked for."""
        if self.purpose_sealed is None:
            return ""
        return keys().unseal(bytes(self.purpose_sealed), self.region, "export", "purpose", str(self.id))

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return self.state in (ExportState.ASKED, ExportState.WAITING, ExportState.WORKING)
