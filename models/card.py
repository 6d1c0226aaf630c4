"""The card 英才卡 and its story."""

from tortoise import fields

from config.vocabulary import Labelled
from models.base import RegionRow
from models.reason import read_reason


class CardState(Labelled):
    ACTIVE = "active", "启用"
    SUSPENDED = "suspended", "停用"
    ENDED = "ended", "已终止"


class Card(RegionRow):
    number = fields.CharField(max_length=32)
    holder_id = fields.UUIDField()
    level = fields.CharField(max_length=48)
    state = fields.CharEnumField(CardState, max_length=10)
    issued_on = fields.DateField()
    valid_until = fields.DateField()
    plain = fields.TextField(source_field="state_reason", default="")
    reason_sealed = fields.BinaryField(null=True)
    state_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "card"

    @property
    def state_reason(self) -> str:
        return read_reason(self.reason_sealed, self.plain, self.region, "card", self.id)

    @property
    def number_masked(self) -> str:
        return f"{self.number[:-4]}****" if len(self.number) > 6 else self.number


class CardEvent(RegionRow):
    card_id = fields.UUIDField()
    act = fields.CharField(max_length=10)
    actor_id = fields.UUIDField(null=True)
    plain = fields.TextField(source_field="reason", default="")
    reason_sealed = fields.BinaryField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "card_event"

    @property
    def reason(self) -> str:
        return read_reason(self.reason_sealed, self.plain, self.region, "card_event", self.id)
