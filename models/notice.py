"""Notices and information that everybody reads, and the mail between organisations. Who read what stands in ``notice_read``, ``mail_to`` and
``mail_read``, read by SQL."""

from typing import Self

from tortoise import fields

from config.keys import keys
from config.vocabulary import Labelled
from models.base import RegionRow


class NoticeState(Labelled):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class Notice(RegionRow):
    """``category``: a list of information of the profile (WH-56); empty for a notice 通报公告 (WH-41). ``body``: plain text."""

    category = fields.CharField(max_length=48, default="")
    organisation_id = fields.UUIDField()
    title = fields.TextField()
    body = fields.TextField()
    pinned = fields.BooleanField(default=False)
    state = fields.CharEnumField(NoticeState, max_length=10, default=NoticeState.DRAFT)
    written_by = fields.UUIDField()
    edited_at = fields.DatetimeField()
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)
    withdraw_reason = fields.TextField(default="")
    version = fields.IntField(default=1)

    class Meta:
        table = "notice"


class Mail(RegionRow):
    """A letter of the platform's mailbox (WH-40), as it was sent. ``organisation_id``: in whose name."""

    organisation_id = fields.UUIDField()
    sender_id = fields.UUIDField()
    subject = fields.TextField()
    body_sealed = fields.BinaryField()
    sent_at = fields.DatetimeField()

    class Meta:
        table = "mail"

    @property
    def body(self) -> str:
        return keys().unseal(bytes(self.body_sealed), self.region, "mail", "body", str(self.id))

    def put_body(self, text: str) -> Self:
        self.body_sealed = keys().seal(text, self.region, "mail", "body", str(self.id))
        return self
