"""Notices and information that everybody reads, and the mail between organisations. Who read what stands in ``notice_read``, ``mail_to`` and
``mail_read``, read by SQL."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from config.keys import keys
from config.vocabulary import Labelled
from models.base import RegionRow


class NoticeState(Labelled):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class Audience(Labelled):
    """To whom a notice speaks. Everybody is also who is not logged in."""

    EVERYONE = "everyone", "所有人"
    STAFF = "staff", "机关和窗口工作人员"
    UNITS = "units", "企事业单位"
    TALENTS = "talents", "人才个人"


class Notice(RegionRow):
    """``category``: a list of information of the profile (WH-56); empty for a notice 通报公告 (WH-41).

    ``body``: text with simple marks, or HTML of the editor that was cleaned (``services/rich_text.py``), as ``written_as`` says; ``plain``: its words
    alone. ``within_id``: only staff of this organisation and of those below it. ``published_at`` may lie ahead: then it is scheduled.
    """

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
    written_as = fields.CharField(max_length=10, default="marks")
    plain = fields.TextField(default="")
    audience = fields.CharEnumField(Audience, max_length=10, default=Audience.EVERYONE)
    within_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "notice"

    def is_scheduled(self, now: datetime) -> bool:
        """Published, at a moment that lies ahead."""
        return self.state is NoticeState.PUBLISHED and self.published_at is not None and self.published_at > now


class Mail(RegionRow):
    """A letter of the platform's mailbox (WH-40), as it was sent. ``organisation_id``: in whose name. ``answers_id``: the letter that it answers."""

    organisation_id = fields.UUIDField()
    sender_id = fields.UUIDField()
    subject = fields.TextField()
    body_sealed = fields.BinaryField()
    sent_at = fields.DatetimeField()
    answers_id = fields.UUIDField(null=True)

    class Meta:
        table = "mail"

    @property
    def body(self) -> str:
        return keys().unseal(bytes(self.body_sealed), self.region, "mail", "body", str(self.id))

    def put_body(self, text: str) -> Self:
        self.body_sealed = keys().seal(text, self.region, "mail", "body", str(self.id))
        return self


class MailDraft(RegionRow):
    """A letter that is not sent yet, its author's alone. ``to_ids``: offices and units, as far as she has chosen."""

    account_id = fields.UUIDField()
    organisation_id = fields.UUIDField(null=True)
    subject = fields.TextField(default="")
    body_sealed = fields.BinaryField()
    to_ids: list[UUID] = ArrayField("uuid", default=list)
    answers_id = fields.UUIDField(null=True)
    edited_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "mail_draft"

    @property
    def body(self) -> str:
        return keys().unseal(bytes(self.body_sealed), self.region, "mail_draft", "body", str(self.id))

    def put_body(self, text: str) -> Self:
        self.body_sealed = keys().seal(text, self.region, "mail_draft", "body", str(self.id))
        return self
