"""Uploaded files: what is known of them. The bytes lie sealed in the store."""

from tortoise import fields

from models.base import RegionRow


class File(RegionRow):
    """``subject`` and ``subject_id``: what it belongs to (a dossier, a case, a roster). ``digest``: SHA-256 of the bytes before they were sealed.

    ``held_at``: since when it waits for the virus scanner, unread by anybody; of a removed one, that the scanner found it infected.
    """

    owner_id = fields.UUIDField()
    subject = fields.CharField(max_length=20)
    subject_id = fields.UUIDField()
    field = fields.CharField(max_length=100, default="")
    name = fields.TextField()
    media_type = fields.CharField(max_length=100)
    size = fields.IntField()
    pages = fields.IntField(null=True)
    digest = fields.BinaryField()
    key = fields.TextField()
    made_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)
    held_at = fields.DatetimeField(null=True)

    class Meta:
        table = "file"
