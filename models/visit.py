"""One scan of a board and its verdict. Refused scans are kept too."""

from typing import Self
from uuid import UUID

from tortoise import fields

from config.keys import keys
from config.vocabulary import Labelled
from models.base import RegionRow
from models.reason import read_reason


class Verdict(Labelled):
    """Why a scan was admitted or not; the first check that failed, in this order. Closed: faces have words for each."""

    ADMITTED = "admitted", "核验通过"
    BOARD_UNKNOWN = "board_unknown", "不是本系统的服务码"
    BOARD_REVOKED = "board_revoked", "这块引导图已停用"
    ACCOUNT_SUSPENDED = "account_suspended", "账号已停用"
    NO_CARD = "no_card", "没有人才卡"
    CARD_SUSPENDED = "card_suspended", "人才卡已停用"
    CARD_EXPIRED = "card_expired", "人才卡已过有效期"
    VENUE_CLOSED = "venue_closed", "该场所暂停服务"
    OUTSIDE_HOURS = "outside_hours", "不在服务时间"
    LEVEL_NOT_ENTITLED = "level_not_entitled", "卡等级不含此项服务"
    TOO_MANY_COMPANIONS = "too_many_companions", "随行人数超过规定"
    QUOTA_USED_UP = "quota_used_up", "今年的次数已用完"


class Visit(RegionRow):
    holder_id = fields.UUIDField()
    card_id = fields.UUIDField(null=True)
    venue_id = fields.UUIDField(null=True)
    board_id = fields.UUIDField(null=True)
    board_serial = fields.BigIntField()
    nonce = fields.UUIDField()
    verdict = fields.CharEnumField(Verdict, max_length=30)
    category = fields.CharField(max_length=48, null=True)
    level = fields.CharField(max_length=48, null=True)
    companions = fields.SmallIntField()
    quota_left = fields.IntField(null=True)
    at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    undone_at = fields.DatetimeField(null=True)
    plain = fields.TextField(source_field="undone_reason", default="")
    reason_sealed = fields.BinaryField(null=True)

    class Meta:
        table = "visit"

    @property
    def undone_reason(self) -> str:
        return read_reason(self.reason_sealed, self.plain, self.region, "visit", self.id)

    @property
    def admitted(self) -> bool:
        return self.verdict is Verdict.ADMITTED and self.undone_at is None


class Rating(RegionRow):
    """满意度评价: one to five stars and words, once a booking or a visit. The words are sealed; ``plain`` has those from before that."""

    case_id = fields.UUIDField(null=True)
    visit_id = fields.UUIDField(null=True)
    rater_id = fields.UUIDField()
    stars = fields.SmallIntField()
    plain = fields.TextField(source_field="words", default="")
    words_sealed = fields.BinaryField(null=True)
    at = fields.DatetimeField()
    follow_up_id = fields.UUIDField(null=True)

    class Meta:
        table = "rating"

    @property
    def words(self) -> str:
        return read_words(self.region, self.id, self.words_sealed, self.plain)

    def put_words(self, words: str) -> Self:
        self.words_sealed = keys().seal(words, self.region, "rating", "words", str(self.id)) if words else None
        return self


def read_words(region: str, rating: UUID, sealed: bytes | None, plain: str) -> str:
    """The words of a rating, from ``words_sealed`` and ``words``."""
    return keys().unseal(bytes(sealed), region, "rating", "words", str(rating)) if sealed is not None else plain
