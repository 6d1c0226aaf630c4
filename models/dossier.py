"""Dossiers 人才信息 and unit data 单位信息: a draft, and the versions that were submitted. Their content is sealed as a whole."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields

from models.base import RegionRow
from models.sealed import seal, unseal

#: Section → its rows, in their order; a section that does not repeat has one row at most. Row: field → value in its kept type.
Content = dict[str, list[dict[str, Any]]]


class Dossier(RegionRow):
    """``admitted``: number of the version in force, which stays in force until the next is admitted (WH-27); ``standing``: how it was classified."""

    account_id = fields.UUIDField(null=True)
    organisation_id = fields.UUIDField(null=True)
    draft_sealed = fields.BinaryField()
    admitted = fields.IntField(null=True)
    standing = fields.TextField(default="")
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "dossier"

    @property
    def draft(self) -> Content:
        return unseal(self.draft_sealed, self.region, "dossier", "draft", self.id)

    def put_draft(self, content: Content) -> Self:
        self.draft_sealed = seal(content, self.region, "dossier", "draft", self.id)
        return self


def seal_version(content: Content, region: str, dossier: UUID, number: int) -> bytes:
    return seal(content, region, "dossier_version", "content", f"{dossier}:{number}")


def open_version(sealed: bytes, region: str, dossier: UUID, number: int) -> Content:
    return unseal(sealed, region, "dossier_version", "content", f"{dossier}:{number}")


class Draft(RegionRow):
    """A form of a matter that is filled in and not yet submitted. ``dossier_number``: the admitted version that was copied last (WH-30)."""

    account_id = fields.UUIDField()
    matter = fields.CharField(max_length=48)
    about_id = fields.UUIDField(null=True)
    data_sealed = fields.BinaryField()
    dossier_number = fields.IntField(null=True)
    updated_at: datetime = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "draft"

    @property
    def data(self) -> dict[str, Any]:
        return unseal(self.data_sealed, self.region, "draft", "data", self.id)

    def put_data(self, data: Mapping[str, Any]) -> Self:
        self.data_sealed = seal(data, self.region, "draft", "data", self.id)
        return self
