"""The ledger of what must be told: written in the transaction of the act, delivered by the worker."""

from tortoise import fields

from config.vocabulary import Labelled, NotificationKind
from models.base import RegionRow


class Delivery(Labelled):
    """States move forward only. ``UNKNOWN``: the gateway did not answer; it is asked, never told again blindly (R5)."""

    PENDING = "pending", "待发送"
    SENDING = "sending", "发送中"
    UNKNOWN = "unknown", "待核实"
    ACCEPTED = "accepted", "已提交"
    DELIVERED = "delivered", "已送达"
    FAILED = "failed", "未送达"
    DROPPED = "dropped", "未发送"


class Notification(RegionRow):
    kind = fields.CharEnumField(NotificationKind, max_length=30)
    channel = fields.CharField(max_length=10, default="sms")
    account_id = fields.UUIDField(null=True)
    recipient_sealed = fields.BinaryField(null=True)
    subject_id = fields.UUIDField(null=True)
    params_sealed = fields.BinaryField()
    dedupe_key = fields.TextField()
    state = fields.CharEnumField(Delivery, max_length=10, default=Delivery.PENDING)
    attempts = fields.SmallIntField(default=0)
    next_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    lease = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    provider_id = fields.TextField(null=True)
    provider_code = fields.TextField(default="")
    gateway = fields.CharField(max_length=10, default="first")
    sender_id = fields.UUIDField(null=True)
    parts = fields.SmallIntField(null=True)
    created_at = fields.DatetimeField()
    tried_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notification"
